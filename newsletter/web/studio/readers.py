"""What the pages that are read a second time ask of a project: earlier mails, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from newsletter.delivery.revisions import Revision
    from newsletter.model import RenderedMail
    from newsletter.web.studio.answers import Preview


class StudioReaders(Protocol):
    """Every method may raise NewsletterError, which the page shows."""

    def kept_mail(self, issue_id: str, sha256: str) -> RenderedMail | None:
        """The mail that a proof sent, or an approval was given to; None when it was not kept."""
        ...

    def sample(self, mail: RenderedMail) -> Preview:
        """A mail as the sample reader gets it."""
        ...

    def revisions(self, before: RenderedMail, now: RenderedMail) -> Sequence[Revision]:
        """What changed in the words of a mail, part by part."""
        ...

    def authors(self, files: Sequence[str], *, since: datetime) -> Mapping[str, Sequence[str]]:
        """File → who changed it since, as far as git knows; paths are relative to the project's folder."""
        ...
