"""The newsroom's verbs: choose, draft, render, build, check."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ContentError, UnknownArticle, UsageError
from newsletter.model import Article, Block, Finding, Image, Issue, Place, Reader, RenderedMail
from newsletter.project.opened import OpenedProject
from newsletter.settings import FILE_NAME

if TYPE_CHECKING:
    from newsletter.editorial.compose import Selection
    from newsletter.editorial.copies import Copies
    from newsletter.editorial.images import Gallery
    from newsletter.editorial.output import Build
    from newsletter.editorial.render import RenderedBlock, Rendering
    from newsletter.model import Layout

#: The reader whom previews and `message.eml` are written for.
SAMPLE_READER = Reader(
    delivery=0, subscriber=0, subscription=0, email="camille@example.org", fields={"first_name": "Camille"}
)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A mail as one reader would see it."""

    subject: str
    preheader: str
    html: str
    text: str
    #: Bytes of the HTML.
    size: int


@dataclass(frozen=True, kw_only=True)
class Proofread:
    """An issue rendered once, for everything one wants to see of it."""

    mail: RenderedMail
    preview: Preview
    #: Errors first.
    findings: tuple[Finding, ...]
    #: Those the issue shows, by path under the articles folder.
    articles: Mapping[str, Article]
    #: Those that the variant holds, and where each is in the HTML.
    blocks: "tuple[RenderedBlock, ...]" = ()


class Newsroom(OpenedProject):
    """From files to one rendered mail."""

    @property
    def issues_folder(self) -> Path:
        return self.folder / self.settings.content.issues

    @property
    def templates_folder(self) -> Path:
        return self.folder / self.settings.content.templates

    def issues(self) -> list[Issue]:
        """Every issue, by date; raises ContentError when one cannot be read."""
        from newsletter.editorial.issues import read_issues

        return read_issues(self.issues_folder, root=self.folder)

    def issue(self, name: str) -> Issue:
        """One issue by id, number, or path; raises UsageError with the nearest names."""
        from newsletter.editorial.issues import find_issue, read_issue

        return read_issue(find_issue(self.issues_folder, name, root=self.folder), root=self.folder)

    def articles(self) -> dict[str, Article]:
        """Every article that can be read, by path; raises ContentError only when there is no such folder."""
        return {one.path: one for one in self.source.read_all() if isinstance(one, Article)}

    def layouts(self) -> "list[Layout]":
        """Every layout of the project, by name; raises LayoutError when one is wrong."""
        from newsletter.editorial.layout import list_layouts, read_layout

        return [read_layout(self.templates_folder / name) for name in list_layouts(self.templates_folder)]

    def today(self) -> date:
        """The present day where the magazine is."""
        return self.now().astimezone(self.settings.site.zone).date()

    def choose(
        self, planned: date, *, since: datetime | None = None, again: Collection[str] = (), drafting: bool = False
    ) -> "Selection":
        """What an issue planned for that day would take, and why each article is taken or left.

        An issue that already exists for that very day is the one being planned, so its own articles are not
        « already in an issue »; when `drafting` a new one, they are.
        """
        from newsletter.editorial.compose import choose

        return choose(
            self.source.read_all(),
            [issue for issue in self.issues() if drafting or issue.date != planned],
            planned=planned,
            now=self.now(),
            zone=self.settings.site.zone,
            since=since,
            again=again,
        )

    def new_issue(self, title: str, selection: "Selection", *, planned: date, list_id: str, layout: str) -> Path:
        """Write the next issue's file, from what was chosen and the last issue's settings; returns its path."""
        from newsletter.editorial.compose import draft_issue
        from newsletter.editorial.issues import write_issue
        from newsletter.editorial.layout import find_layout

        earlier = [issue for issue in reversed(self.issues()) if issue.date < planned]
        previous = next(iter(earlier), None)
        issue = draft_issue(
            title,
            selection,
            planned=planned,
            list_id=list_id or (previous.list if previous else next(iter(self.settings.lists), "")),
            layout=layout or (previous.layout if previous else "launch"),
            previous=previous,
            last_number=next((issue.parameters["number"] for issue in earlier if "number" in issue.parameters), None),
        )
        self.mailing_list(issue.list)
        declared = find_layout(self.templates_folder, issue.layout).parameters
        kept = {name: value for name, value in issue.parameters.items() if name in declared}
        path = self.issues_folder / f"{issue.id}.md"
        write_issue(path, replace(issue, parameters=kept))
        return path

    def articles_of(self, issue: Issue) -> dict[str, Article]:
        """The articles an issue shows, by path; raises ContentError at the block whose article is missing."""
        articles: dict[str, Article] = {}
        for block in issue.blocks:
            if block.article and block.article not in articles:
                articles[block.article] = self._article_of(issue, block)
        return articles

    def _article_of(self, issue: Issue, block: Block) -> Article:
        try:
            return self.source.read(block.article or "")
        except UnknownArticle as error:
            place = Place(file=issue.file, line=block.line, field="article")
            raise ContentError(error.message, where=place, hint=error.hint) from None

    def render(
        self, issue: Issue, list_id: str | None = None, *, images: str = "", variant: str | None = None
    ) -> "Rendering":
        """The issue as one mail for the variant of its list (or of another one), with what checks need.

        `images` (`site` or `copy`) stands for the setting, `variant` (`members` or `all`) for that of the list; what is
        approved and sent is always rendered as the settings say.
        """
        from newsletter.editorial.layout import find_layout
        from newsletter.editorial.manuscript import Imprint
        from newsletter.editorial.render import render_issue

        with _said_by(issue, "list"):
            mailing_list = self.mailing_list(list_id or issue.list)
        with _said_by(issue, "layout"):
            layout = find_layout(self.templates_folder, issue.layout)
        imprint = Imprint(
            site=self.settings.site,
            mailing_list=mailing_list,
            parameters=self.settings.parameters,
            picture=self.gallery.resolve,
            copies=self.copies,
            copied=(images or self.settings.content.images) == "copy",
        )
        articles = self.articles_of(issue)
        return render_issue(issue, layout=layout, articles=articles, imprint=imprint, variant=variant)

    @cached_property
    def gallery(self) -> "Gallery":
        """The pictures of the uploads folder."""
        from newsletter.editorial.images import Gallery

        return Gallery(self.settings.site, self.folder / self.settings.content.uploads)

    @cached_property
    def copies(self) -> "Copies":
        """The copies of pictures."""
        from newsletter.editorial.copies import Copies

        folder, cache = self.folder / self.settings.content.copies, self.var / "cache" / "copies"
        return Copies(self.gallery, folder=folder, cache=cache, url=self.settings.copies_url)

    def picture_copy(self, name: str) -> Path | None:
        """The file of a copy that letters show; None when nothing is called so."""
        return self.copies.find(name)

    def proofread(self, issue: Issue) -> Proofread:
        """The mail as a sample reader would see it, and every remark on it: rendered once."""
        rendering = self.render(issue)
        return Proofread(
            mail=rendering.mail,
            preview=self._filled(rendering.mail),
            findings=tuple(self._remarks(issue, rendering)),
            articles=rendering.articles,
            blocks=rendering.blocks,
        )

    def _filled(self, mail: RenderedMail, reader: Reader = SAMPLE_READER) -> Preview:
        from newsletter.delivery.enclosures import opened
        from newsletter.delivery.personalize import fill

        base = self.settings.public.url
        subject, html, text = fill(mail, reader, unsubscribe_url=f"{base}/u/", web_url=f"{base}/v/")
        return Preview(
            subject=subject,
            preheader=mail.preheader,
            html=opened(html, mail.pictures),
            text=text,
            size=len(html.encode()),
        )

    def build(self, issue: Issue, out: Path | None = None, *, images: str = "") -> "Build":
        """Write `message.html message.txt message.eml manifest.json`; same input, same bytes; `images` as `render`."""
        from newsletter.delivery.personalize import compose_eml
        from newsletter.editorial.output import write_build

        rendering = self.render(issue, images=images)
        mail, filled = rendering.mail, self._filled(rendering.mail)
        planned = datetime.combine(issue.date, datetime.min.time(), self.settings.site.zone)
        eml = compose_eml(
            mail, SAMPLE_READER, identity=self.identity(issue.list), date=planned, base_url=self.settings.public.url
        )
        folder = out or self.var / "build" / issue.id
        shown = dict.fromkeys(block.article for block in rendering.blocks if block.article)
        articles = [rendering.articles[path] for path in shown]
        copies = [shown.copy for shown in rendering.illustrated.copied]
        return write_build(folder, mail, articles, eml=eml, html=filled.html, text=filled.text, copies=copies)

    def check(self, issue: Issue, *, online: bool = False) -> list[Finding]:
        """Every remark on the issue, errors first; `online` asks whether its links answer."""
        return self._remarks(issue, self.render(issue), online=online)

    def _remarks(self, issue: Issue, rendering: "Rendering", *, online: bool = False) -> list[Finding]:
        from newsletter.editorial.checks import Inspection, run_checks

        inspection = Inspection(
            issue=issue,
            mail=rendering.mail,
            articles=rendering.articles,
            documents=rendering.documents,
            pictures=self._pictures(issue, rendering),
            site=self.settings.site,
            site_urls=self._site_urls,
            other_issues=tuple(other for other in self.issues() if other.id != issue.id),
            findings=rendering.findings,
            copies=rendering.illustrated.shown,
        )
        if not online:
            return run_checks(inspection)
        from newsletter.project.answering import check_answers

        return run_checks(inspection, told=check_answers(inspection))

    def _site_urls(self) -> Iterator[str]:
        return (article.url for article in self.source.read_all() if isinstance(article, Article))

    def _pictures(self, issue: Issue, rendering: "Rendering") -> dict[str, Image]:
        """The pictures of the mail's texts by the address the mail gives them, those of blocks as written; measured."""
        texts = (picture for document in rendering.documents.values() for picture in document.images)
        found = {picture.url: self.gallery.resolve(picture.url, alt=picture.alt) for picture in texts}
        written = [block.parameters.get("image") for block in issue.blocks]
        sources = [source for source in written if source and isinstance(source, str)]
        return found | {source: self.gallery.resolve(source) for source in sources}

    def watch_paths(self) -> list[Path]:
        """Folders and files whose change may change what an issue looks like."""
        content = self.settings.content
        folders = (content.articles, content.issues, content.uploads, content.templates)
        return [self.folder / folder for folder in folders] + [self.folder / FILE_NAME]


@contextmanager
def _said_by(issue: Issue, key: str) -> Iterator[None]:
    """A name that does not exist, asked for by the issue's file: the mistake stands there, not on the command line."""
    try:
        yield
    except UsageError as error:
        raise ContentError(error.message, where=issue.place(key), hint=error.hint) from None
