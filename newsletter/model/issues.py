"""What the newsroom writes: articles, and the issues composed from them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from newsletter.model.findings import Place


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture as an article names it, resolved and measured."""

    #: As written: `/uploads/fougeres.jpg`.
    source: str
    #: Absolute https address that a mail client fetches.
    url: str
    #: None when the author said nothing; "" when marked decorative.
    alt: str | None = None
    credit: str | None = None
    #: Pixels of the local file; None when there is no such file.
    width: int | None = None
    height: int | None = None
    #: Bytes of the local file; None when there is no such file.
    size: int | None = None
    #: `JPEG`, `PNG`, `GIF`, `WEBP` or `AVIF`, as the local file's bytes say; None when there is no such file.
    format: str | None = None
    #: True when the address is on the site (`/uploads/…`), so that a local file is expected.
    local: bool = True


@dataclass(frozen=True, kw_only=True)
class Article:
    """One Markdown file of the site, read strictly; its front matter kept whole."""

    #: Under the articles folder, with `/`: `2023-08-09-imagine-recrute.md`.
    path: str
    #: Hex digest of the file's bytes.
    sha256: str
    title: str
    #: Aware.
    date: dt.datetime
    #: Public address on the site.
    url: str
    #: Markdown.
    body: str
    #: 1-based line of the file where `body` starts.
    body_line: int
    description: str = ""
    image: Image | None = None
    draft: bool = False
    #: False only when the front matter says `published: false`.
    published: bool = True
    #: `all` or `members`.
    audience: str = "all"
    #: Last day to apply, register or subscribe: said by `deadline:`, or read from the text.
    deadline: dt.date | None = None
    #: The words in which the text says the deadline; None when it comes from `deadline:`.
    deadline_words: str | None = None
    #: Every key of the front matter as read, known or not.
    front_matter: Mapping[str, Any] = field(default_factory=dict)
    #: Front-matter key → 1-based line of the file.
    lines: Mapping[str, int] = field(default_factory=dict)
    #: Project-relative file, for findings.
    file: str = ""

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 over everything above, its picture's measures too: the same digest, the same article."""
        return sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()

    def place(self, key: str | None = None) -> Place:
        """Where this article, or one key of its front matter, stands."""
        return Place(file=self.file, line=self.lines.get(key, 1) if key else 1, field=key)


@dataclass(frozen=True, kw_only=True)
class UnreadableArticle:
    """An article file that could not be read, and why: it never hides the others."""

    path: str
    #: One translated sentence.
    message: str
    place: Place
    hint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Block:
    """One piece of an issue: what kind, which article, and the parameters said in the issue file."""

    kind: str
    #: Path under the articles folder, or None for a block without one.
    article: str | None = None
    #: Parameter → value as written in the issue file; what is missing comes from article, issue, settings, layout.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: First hex digits of the article's sha256 when it was taken; None when written by hand.
    sha256: str | None = None
    #: 1-based line in the issue file.
    line: int | None = None

    @cached_property
    def digest(self) -> str:
        """Hex SHA-256 over everything above: the same digest, the same block."""
        return sha256(repr(self).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One dated newsletter, one committed file: composition in front, the editor's words in the body."""

    #: File name without `.md`: `2023-10-11-numero-157`. Unique in the project.
    id: str
    #: Project-relative file.
    file: str
    subject: str
    preheader: str
    #: Day the mailing is planned for, in the site's time zone.
    date: dt.date
    #: Id of the list it goes to.
    list: str
    #: Name of the layout.
    layout: str
    #: Articles published after this moment were considered. Aware; None for the first issue.
    since: dt.datetime | None = None
    #: Up to which moment articles were considered: the next issue starts there. Aware.
    cutoff: dt.datetime | None = None
    blocks: tuple[Block, ...] = ()
    #: Parameters said for the whole issue (`number: 157`): every other front-matter key.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: The editor's own words, Markdown.
    body: str = ""
    body_line: int = 1
    #: Finding code → reason why it is ignored in this issue.
    ignored: Mapping[str, str] = field(default_factory=dict)
    #: Put away: off the shelf of the studio, but all that it said still counts as said.
    archived: bool = False
    lines: Mapping[str, int] = field(default_factory=dict)

    def place(self, key: str | None = None) -> Place:
        """Where this issue, or one key of its front matter, stands."""
        return Place(file=self.file, line=self.lines.get(key, 1) if key else 1, field=key)
