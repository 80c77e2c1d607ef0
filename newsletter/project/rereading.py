"""What was read before, beside what would leave now: the verbs of whoever reads an issue a second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.model import RenderedMail
from newsletter.project.composing import ComposingRoom
from newsletter.project.newsroom import Preview

if TYPE_CHECKING:
    from newsletter.delivery.revisions import Revision


class RereadingRoom(ComposingRoom):
    """The mails of earlier proofs and approvals, and who changed what since."""

    def kept_mail(self, issue_id: str, sha256: str) -> RenderedMail | None:
        """The mail that a proof sent, or an approval was given to; None when it was not kept."""
        return self.deliveries.kept_mail(issue_id, sha256)

    def sample(self, mail: RenderedMail) -> Preview:
        """A mail as the sample reader gets it."""
        return self._filled(mail)

    def revisions(self, before: RenderedMail, now: RenderedMail) -> tuple[Revision, ...]:
        """What changed in the words of a mail, part by part."""
        from newsletter.delivery.approval import revisions_between, words_of

        return tuple(revisions_between(words_of(before), words_of(now)))

    def authors(self, files: Sequence[str], *, since: datetime) -> Mapping[str, tuple[str, ...]]:
        """File → who changed it since, as far as git knows; paths are relative to the project's folder."""
        from newsletter.project.authors import authors_since

        return authors_since(self.folder, files, since)
