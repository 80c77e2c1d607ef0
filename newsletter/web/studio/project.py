"""What the studio asks of a project, and no more: tests and other programs may give something else than a `Project`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from newsletter.model import Approval, Article, Counts, Finding, Issue, Mailing, RenderedMail
from newsletter.settings import Settings


class Preview(Protocol):
    """A mail as one sample reader sees it, merge fields filled in."""

    @property
    def subject(self) -> str: ...
    @property
    def preheader(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def size(self) -> int:
        """Bytes of the HTML."""
        ...


class Proofread(Protocol):
    """An issue rendered once, for everything the studio shows of it."""

    @property
    def mail(self) -> RenderedMail: ...
    @property
    def preview(self) -> Preview: ...
    @property
    def findings(self) -> Sequence[Finding]:
        """Errors first."""
        ...

    @property
    def articles(self) -> Mapping[str, Article]:
        """Those the issue shows, by path."""
        ...


class RehearsedMail(Protocol):
    """One message that the loopback server kept."""

    @property
    def name(self) -> str:
        """File name, unique in its rehearsal."""
        ...

    @property
    def recipient(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def size(self) -> int:
        """Bytes."""
        ...


class StudioProject(Protocol):
    """A project folder, opened. Every method may raise NewsletterError, which the page shows."""

    @property
    def folder(self) -> Path: ...
    @property
    def settings(self) -> Settings: ...

    def issues(self) -> Sequence[Issue]:
        """Every issue, by date."""
        ...

    def issue(self, name: str) -> Issue:
        """One issue by id; raises UsageError when there is none."""
        ...

    def articles_of(self, issue: Issue) -> Mapping[str, Article]:
        """Path → article, for the blocks of an issue."""
        ...

    def proofread(self, issue: Issue) -> Proofread:
        """The mail and every remark on it, rendered now."""
        ...

    def approval(self, mail: RenderedMail, list_id: str) -> tuple[Approval | None, Sequence[str]]:
        """The last approval of the mail's issue, and what lifted it: one sentence each, none while it holds."""
        ...

    def mailings(self) -> Sequence[Mailing]:
        """All mailings, newest first."""
        ...

    def counts(self, mailing: Mailing) -> Counts:
        """How many of its deliveries stand where."""
        ...

    def rehearsed(self, mailing_id: int) -> Sequence[RehearsedMail]:
        """What arrived in a rehearsal, in order."""
        ...

    def rehearsed_message(self, mailing_id: int, name: str) -> bytes:
        """One received message; raises UsageError when there is none of that name."""
        ...

    def watch_paths(self) -> Sequence[Path]:
        """Folders and files whose change may change what the studio shows."""
        ...
