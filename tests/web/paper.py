"""A project on plain files, for the studio and the public pages: what an article says goes into the mail unwashed.

The real newsroom cleans articles; here nothing does, so that the frame alone must hold.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.editorial.compose import Selection
from newsletter.errors import ContentError, UsageError
from newsletter.model import (
    Article,
    Block,
    Counts,
    Finding,
    Image,
    Issue,
    Level,
    Mailing,
    MailingState,
    Place,
    Reach,
    RenderedMail,
)
from newsletter.settings import Settings
from newsletter.web.studio.project import GivenApproval

AT = dt.datetime(2023, 10, 11, 6, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class PaperPreview:
    subject: str
    preheader: str
    html: str
    text: str
    size: int


@dataclass(frozen=True)
class PaperMail:
    name: str
    recipient: str
    subject: str
    size: int


@dataclass(frozen=True)
class PaperBlock:
    number: int
    start: int
    end: int
    html_bytes: int


@dataclass(frozen=True)
class PaperProofread:
    mail: RenderedMail
    preview: PaperPreview
    findings: Sequence[Finding]
    articles: Mapping[str, Article]
    blocks: Sequence[PaperBlock] = ()


class PaperProject:
    """Articles are HTML in `content/articles`, issues one subject a file, rehearsals `.eml` files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: Files to follow, beside those of the content.
        self.watched: list[Path] = []
        self.settings = Settings(
            site={"title": "Imagine", "url": "https://www.imagine-magazine.com", "address": "Imagine COOP, Liège"},
            lists={
                "members": {
                    "title": "Coopérateurs et coopératrices",
                    "from": "Imagine <lettre@imagine-magazine.com>",
                    "reply_to": "redaction@imagine-magazine.com",
                }
            },
        )
        for name in ("articles", "issues", "uploads"):
            (folder / "content" / name).mkdir(parents=True, exist_ok=True)
        self.left: list[str] = []
        self.ignored: dict[str, dict[str, str]] = {}

    def write_issue(self, name: str, subject: str, *articles: str) -> None:
        self._write("\n".join([subject, *articles]), self._file("issues", name))

    def write_article(self, path: str, html: str) -> None:
        self._write(html, self._file("articles", path))

    def _write(self, text: str, path: Path) -> None:
        """Whole or not at all, since the studio may be reading."""
        draft = self.folder / "draft"
        draft.write_text(text)
        draft.replace(path)

    def _file(self, room: str, name: str) -> Path:
        return self.folder / "content" / room / name

    # What the studio asks.

    def issues(self) -> Sequence[Issue]:
        return [self.issue(path.name) for path in sorted((self.folder / "content/issues").iterdir())]

    def issue(self, name: str) -> Issue:
        path = self._file("issues", name)
        if not path.is_file():
            raise UsageError(f"no issue {name}")
        subject, *articles = path.read_text().splitlines()
        return Issue(
            id=name,
            file=f"content/issues/{name}",
            subject=subject,
            preheader="Huit journalistes au fil de l’eau, trois villages sans béton.",
            date=dt.date(2023, 10, 11),
            list="members",
            layout="launch",
            blocks=tuple(Block(kind="lead", article=article, line=3 + n) for n, article in enumerate(articles)),
            parameters={"number": int(name[-3:])},
        )

    def articles(self) -> Mapping[str, Article]:
        found = {}
        for path in self._article_files():
            with suppress(ContentError):
                found[path] = self._article(path)
        return found

    def _article_files(self) -> list[str]:
        return [path.name for path in sorted((self.folder / "content/articles").iterdir())]

    def articles_of(self, issue: Issue) -> Mapping[str, Article]:
        return {block.article: self._article(block.article) for block in issue.blocks if block.article}

    def _article(self, path: str) -> Article:
        body = self._file("articles", path).read_text()
        if "BROKEN" in body:
            place = Place(file=f"content/articles/{path}", line=4, field="title")
            raise ContentError("“title” twice", where=place, hint="remove one of them")
        return Article(
            path=path,
            sha256=hashlib.sha256(body.encode()).hexdigest(),
            title=path.removesuffix(".md").capitalize(),
            date=AT,
            url=f"https://www.imagine-magazine.com/articles/{path}",
            body=body,
            body_line=9,
            image=self._image(path),
            file=f"content/articles/{path}",
        )

    def _image(self, path: str) -> Image | None:
        file = self._file("uploads", path.replace(".md", ".png"))
        if not file.exists():
            return None
        address = f"/uploads/{file.name}"
        return Image(source=address, url=self.settings.site.url + address, size=file.stat().st_size)

    def reach(self, name: str) -> Reach:
        return Reach(version=name)

    def proofread(self, issue: Issue) -> PaperProofread:
        articles = self.articles_of(issue)
        preview = self._preview(issue, articles)
        mail = RenderedMail(
            issue=issue.id,
            variant="members",
            language="fr",
            subject=preview.subject,
            preheader=preview.preheader,
            html=preview.html,
            text=preview.text,
            fields=(),
            sha256=hashlib.sha256(preview.html.encode()).hexdigest(),
        )
        ignored = self.ignored.get(issue.id, {})
        remarks = [replace(one, ignored=ignored.get(one.code, "")) for one in self._remarks(articles)]
        return PaperProofread(mail, preview, remarks, articles, self._blocks(preview, articles))

    def _blocks(self, preview: PaperPreview, articles: Mapping[str, Article]) -> Sequence[PaperBlock]:
        blocks, start = [], preview.html[: preview.html.index("<body>") + 6].count("<")
        for number, article in enumerate(articles.values()):
            html = f"<h1>{article.title}</h1>{article.body}"
            blocks.append(PaperBlock(number, start, start + html.count("<"), len(html.encode())))
            start += html.count("<")
        return blocks

    def edition(self, issue: Issue, variant: str) -> tuple[PaperPreview, Sequence[PaperBlock]]:
        """To everybody, articles for members are left out."""
        articles = self.articles_of(issue)
        kept = {path: one for path, one in articles.items() if variant == "members" or "MEMBRES" not in one.body}
        preview = self._preview(issue, kept)
        numbers = [number for number, path in enumerate(articles) if path in kept]
        blocks = zip(numbers, self._blocks(preview, kept), strict=True)
        return preview, [replace(block, number=number) for number, block in blocks]

    def seen_by(self, mail: RenderedMail, email: str) -> PaperPreview:
        if email != "anouk@example.org":
            raise UsageError(f"nobody has the address {email}")
        html = mail.html.replace("<body>", "<body><p>Bonjour Anouk,</p>")
        return PaperPreview("Anouk, les rivières", mail.preheader, html, "Bonjour Anouk,", len(html.encode()))

    def ignore(self, issue: Issue, code: str, *, reason: str) -> None:
        self.ignored.setdefault(issue.id, {})[code] = reason

    def picture_size(self, address: str) -> int | None:
        file = self._file("uploads", address.rpartition("/")[2])
        return file.stat().st_size if file.is_file() else None

    def _preview(self, issue: Issue, articles: Mapping[str, Article]) -> PaperPreview:
        body = "".join(f"<h1>{article.title}</h1>{article.body}" for article in articles.values())
        style = "body{margin:0;padding:24px;font:18px Georgia;background:#fffdf8;color:#1f1d1a}img{max-width:100%}"
        html = f"<!DOCTYPE html><html><head><style>{style}</style></head><body>{body}</body></html>"
        text = "\n\n".join(article.body for article in articles.values())
        return PaperPreview(issue.subject, issue.preheader, html, text, len(html.encode()))

    def _remarks(self, articles: Mapping[str, Article]) -> Sequence[Finding]:
        return [
            Finding(
                code="expired",
                level=Level.ERROR,
                message=f"« {article.title} » dit AVANT-HIER.",
                place=Place(file=article.file, line=9),
                hint="retirez le bloc",
                block=number,
            )
            for number, article in enumerate(articles.values())
            if "AVANT-HIER" in article.body
        ]

    def approvals(self, issue: Issue, mail: RenderedMail) -> Iterator[GivenApproval]:
        return iter(())

    def mailings(self) -> Sequence[Mailing]:
        folder = self.folder / "var/rehearsal"
        numbers = sorted((int(path.name) for path in folder.iterdir()), reverse=True) if folder.exists() else []
        return [
            Mailing(
                id=number,
                issue="numero-157",
                list="members",
                state=MailingState.FINISHED,
                rehearsal=True,
                created_at=AT,
            )
            for number in numbers
        ]

    def is_interrupted(self, _mailing: Mailing) -> bool:
        return False

    def counts(self, mailing: Mailing) -> Counts:
        return Counts(sent=len(self.rehearsed(mailing.id)))

    def rehearse(self, mailing: int, name: str, raw: bytes) -> None:
        folder = self.folder / "var/rehearsal" / str(mailing)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)

    def rehearsed(self, mailing_id: int) -> Sequence[PaperMail]:
        files = sorted((self.folder / "var/rehearsal" / str(mailing_id)).glob("*.eml"))
        return [PaperMail(file.name, f"{file.stem}@example.org", "Rivières", file.stat().st_size) for file in files]

    def rehearsed_message(self, mailing_id: int, name: str) -> bytes:
        if name not in {mail.name for mail in self.rehearsed(mailing_id)}:
            raise UsageError(f"no message {name}")
        return (self.folder / "var/rehearsal" / str(mailing_id) / name).read_bytes()

    def watch_paths(self) -> Sequence[Path]:
        return [self.folder / "content", *self.watched]

    def today(self) -> dt.date:
        return AT.date()

    def choose(self, planned: dt.date, *, drafting: bool = False) -> Selection:
        shown = {block.article for issue in self.issues() for block in issue.blocks}
        taken = tuple(self._article(path) for path in self._article_files() if path not in shown)
        return Selection(choices=(), taken=taken, since=None, cutoff=AT)

    # What the public pages ask: the one token is `good`.

    def unsubscribe_title(self, token: str) -> str | None:
        return "Coopérateurs et coopératrices" if token == "good" else None

    def unsubscribe(self, token: str) -> bool:
        if token == "good" and token not in self.left:
            self.left.append(token)
        return token == "good"

    def picture_copy(self, name: str) -> Path | None:
        file = self.folder / self.settings.content.copies / name
        return file if "/" not in name and file.is_file() else None

    def web_version(self, token: str) -> str | None:
        return "<!DOCTYPE html><title>Rivières</title><p>Bonjour,</p>" if token == "good" else None


EML = b"""From: Imagine <lettre@imagine-magazine.com>\r
To: Camille <camille@example.org>\r
Subject: =?utf-8?q?Rivi=C3=A8res?=\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Bonjour Camille, =C3=A0 bient=C3=B4t <script>\r
--b\r
Content-Type: text/html; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
<!DOCTYPE html><html><head></head><body><script>alert(1)</script><p>Bonjour Camille</p></body></html>\r
--b--\r
"""
