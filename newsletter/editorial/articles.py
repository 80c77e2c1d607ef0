"""Articles from a folder of Markdown files, as the site's CMS writes them: the port `Source`, read strictly."""

import os
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

from newsletter.editorial.article_cache import ArticleCache, Found
from newsletter.editorial.containment import stays_inside
from newsletter.editorial.deadlines import find_deadline
from newsletter.editorial.front_matter import Document, read_document, shown
from newsletter.editorial.images import Gallery
from newsletter.editorial.memory import remembered
from newsletter.editorial.unchanged import Fingerprint, Unchanged, with_folders
from newsletter.errors import ContentError, UnknownArticle
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean, system_reason
from newsletter.model import Article, Image, Place, UnreadableArticle
from newsletter.settings import Site

#: Front-matter keys that stay text whatever they look like: `title: 2023`, `img_credits: No`.
TEXT_KEYS = frozenset(
    ("title", "description", "cat", "img", "img_credits", "img_alt", "class", "title_alignment", "audience")
)
AUDIENCES = ("all", "members")
SUFFIX = ".md"

_DATE_PREFIX = re.compile(r"\d{4}-\d\d-\d\d-(?=.)")


#: By the folder and the site; of the article's file and its picture's.
_ARTICLES: Unchanged[Article] = Unchanged(answers=256)


class _File(NamedTuple):
    """A file of the folder: its path there, and its state; None for a link that leads out of the folder or nowhere."""

    path: str
    state: os.stat_result | None


class MarkdownSource:
    """The articles of one folder and its subfolders: every `*.md` whose name does not start with a dot."""

    def __init__(self, folder: Path, *, root: Path, site: Site, uploads: Path, cache: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.site = site
        self.uploads = uploads
        self._asked = repr((site, self.folder, uploads))
        self._zone = site.zone
        self._shown = shown(self.folder, root.resolve())
        self._gallery = Gallery(site, uploads)
        self._cache_file = cache / "articles.json" if cache else None

    def read_all(self) -> list[Article | UnreadableArticle]:
        """Every article, by path; a bad one is an `UnreadableArticle` and hides no other.

        Files unchanged since the last call, in this process or another, are taken from the cache. Raises ContentError
        only when there is no such folder.
        """
        cache = ArticleCache(self._cache_file, settings=f"{self.folder} {self.site.timezone}")
        gallery = Gallery(self.site, self.uploads, measure=cache.measure)
        articles = [self._read_known(file, cache=cache, gallery=gallery) for file in sorted(self._files())]
        cache.write()
        return articles

    def read(self, path: str) -> Article:
        """One article by its path under the folder, as its file is now.

        Raises ContentError with file, line, field and hint; of an unknown path, the nearest one is the hint.
        """
        return _ARTICLES.recall((self._asked, path), lambda: self._read_now(path))

    def _read_now(self, path: str) -> tuple[Article, list[str]]:
        """The article, and the files it was read from."""
        if not self._has(path):
            known = (file.path for file in self._files())
            hint = did_you_mean(path, known) or _("see newsletter articles for the known ones")
            raise UnknownArticle(_("no article {path}", path=path), where=self._file(path), hint=hint)
        document = self._document(path)
        image = _image(document, self._gallery)
        pictures = self._gallery.witnesses(image.source) if image else []
        return self._article(path, document, self._found(document), image), [
            *with_folders(str(self.folder), path),
            *pictures,
        ]

    # --- files -------------------------------------------------------------------------------------------------

    def _files(self) -> Iterator[_File]:
        try:
            yield from self._walk(self.folder, "")
        except OSError as error:
            raise ContentError(
                _("the articles folder cannot be read: {reason}", reason=system_reason(error)),
                where=self._shown,
                hint=_("name the right folder in newsletter.toml, [content] articles"),
            ) from None

    def _walk(self, folder: Path, prefix: str) -> Iterator[_File]:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = prefix + entry.name
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(Path(entry.path), f"{path}/")
                elif entry.name.endswith(SUFFIX):
                    yield _File(path, self._state(entry))

    def _state(self, entry: os.DirEntry[str]) -> os.stat_result | None:
        if not entry.is_symlink():
            return entry.stat()
        inside = stays_inside(self.folder, Path(entry.path).relative_to(self.folder).as_posix())
        return entry.stat() if inside and Path(entry.path).exists() else None

    def _has(self, path: str) -> bool:
        return _may_be(path) and (self.folder / path).is_file() and stays_inside(self.folder, path)

    def _file(self, path: str) -> str:
        return f"{self._shown}/{path}"

    # --- reading -----------------------------------------------------------------------------------------------

    def _read_known(self, file: _File, *, cache: ArticleCache, gallery: Gallery) -> Article | UnreadableArticle:
        """The article, from the cache or from its file, or what is wrong with it.

        A bad file is never cached: what is wrong is said in the language of whoever asks.
        """
        try:
            fingerprint = self._fingerprint(file)
            known = cache.find(file.path, fingerprint, file=self._file(file.path))
            if known is None:
                document = self._document(file.path)
                known = document, self._found(document)
                cache.keep(file.path, fingerprint, *known)
            return self._article(file.path, *known, _image(known[0], gallery))
        except ContentError as error:
            path = _printable(file.path)
            where = error.where or Place(file=self._file(path))
            return UnreadableArticle(path=path, message=error.message, place=where, hint=error.hint)

    def _fingerprint(self, file: _File) -> Fingerprint:
        if file.path != _printable(file.path):
            raise ContentError(
                _("the file's name is not UTF-8"),
                where=self._file(_printable(file.path)),
                hint=_("rename it with plain letters"),
            )
        if file.state is None:
            raise ContentError(
                _("a link that leads out of the articles folder, or nowhere"),
                where=self._file(file.path),
                hint=_("put the file itself in the folder"),
            )
        return Fingerprint.of(file.state)

    def _document(self, path: str) -> Document:
        return read_document(self.folder / path, file=self._file(path), text_keys=TEXT_KEYS)

    def _found(self, document: Document) -> Found:
        """The deadline the text says; none is looked for when `deadline:` says it."""
        if document.front_matter.get("deadline") is not None:
            return None
        text = f"{_description(document)}\n\n{document.body}"
        return find_deadline(text, published=self._date(document).astimezone(self._zone).date())

    def _article(self, path: str, document: Document, found: Found, image: Image | None) -> Article:
        published_at = self._date(document)
        deadline, words = found or (document.day("deadline", self._zone), None)
        for key in ("class", "title_alignment"):
            document.text(key)
        return Article(
            path=path,
            sha256=document.sha256,
            title=document.required("title"),
            date=published_at,
            url=self._url(path, published_at.astimezone(self._zone).date()),
            body=document.body,
            body_line=document.body_line,
            description=_description(document),
            image=image,
            draft=document.flag("draft", default=False),
            published=document.flag("published", default=True),
            audience=document.choice("audience", AUDIENCES),
            deadline=deadline,
            deadline_words=words,
            front_matter=document.front_matter,
            lines=document.lines,
            file=document.file,
        )

    def _date(self, document: Document) -> datetime:
        moment = document.moment("date", self._zone)
        if moment is None:
            raise document.missing("date")
        return moment

    def _url(self, path: str, day: date) -> str:
        """The public address: `site.permalink`, its {slug} the file's name without date and suffix."""
        slug = _DATE_PREFIX.sub("", PurePosixPath(path).stem, count=1)
        values = {"slug": quote(slug), "year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}"}
        permalink = self.site.permalink
        for name, value in values.items():
            permalink = permalink.replace(f"{{{name}}}", value)
        return f"{self.site.url}/{permalink.lstrip('/')}"


@remembered(answers=4096)
def _may_be(path: str) -> bool:
    """True for what an article may be called: it stays in the folder, and is not hidden."""
    name = PurePosixPath(path)
    hidden = any(part.startswith((".", "/")) for part in name.parts)
    return name.suffix == SUFFIX and "\0" not in path and not hidden


def _description(document: Document) -> str:
    """`cat` is the CMS's standfirst: it stands in for a missing description."""
    return document.text("description") or document.text("cat")


def _image(document: Document, gallery: Gallery) -> Image | None:
    """The picture of `img`; `img_alt: ""` marks it decorative, no `img_alt` leaves it undescribed."""
    source = document.text("img")
    alt = None if document.front_matter.get("img_alt") is None else document.text("img_alt")
    credit = document.text("img_credits") or None
    if not source:
        return None
    try:
        return gallery.resolve(source, alt=alt, credit=credit)
    except ContentError as error:
        raise document.mistake("img", error.message, hint=error.hint) from None


def _printable(path: str) -> str:
    """A path whose bytes are not UTF-8, with marks of replacement where they are not."""
    return os.fsencode(path).decode("utf-8", "replace")
