"""What the studio shows of a mail, a rehearsal or a proof: the answers that it asks of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from newsletter.delivery.revisions import Revision
    from newsletter.model import Approval, Article, Finding, RenderedMail


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


class PlacedBlock(Protocol):
    """A block of the issue in the finished HTML."""

    @property
    def number(self) -> int:
        """0-based position in the issue."""
        ...

    @property
    def start(self) -> int:
        """How many `<` stand before it; blocks that share a row say the same."""
        ...

    @property
    def end(self) -> int:
        """How many `<` stand before its end."""
        ...

    @property
    def html_bytes(self) -> int: ...


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

    @property
    def blocks(self) -> Sequence[PlacedBlock]:
        """Those that the variant holds, in order."""
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


class GivenApproval(Protocol):
    """A bon à tirer, seen from today."""

    @property
    def approval(self) -> Approval: ...
    @property
    def readers(self) -> str:
        """For whom, in words of that day."""
        ...

    @property
    def segment(self) -> str:
        """Name of the segment it was given for; "" for the list."""
        ...

    @property
    def without(self) -> Sequence[str]:
        """Names of what was left out."""
        ...

    @property
    def changes(self) -> Sequence[str]:
        """What lifted it, one sentence each."""
        ...

    @property
    def replaced_by(self) -> Approval | None:
        """The later one for the same readers."""
        ...

    @property
    def holds(self) -> bool: ...


class Standing(Protocol):
    """Where the bon à tirer of a mail stands, now."""

    @property
    def approval(self) -> Approval | None:
        """The last one of the issue."""
        ...

    @property
    def changes(self) -> Mapping[str, str]:
        """Part → the sentence that says how it lifted the approval; none while it holds."""
        ...

    @property
    def revisions(self) -> Sequence[Revision]:
        """The same for the words, in full."""
        ...

    @property
    def sha256(self) -> str:
        """What an approval given now would hold for."""
        ...

    @property
    def people(self) -> int:
        """How many it would be given for."""
        ...

    @property
    def others(self) -> str:
        """For whom it was given, in words, when that is not for these readers."""
        ...

    @property
    def is_of_others(self) -> bool:
        """True when only the readers are not those it was given for."""
        ...

    @property
    def holds(self) -> bool: ...
