"""The bon à tirer of an issue: for whom each was given, whether it holds today, and what a new one would hold for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError
from newsletter.model import Readership
from newsletter.project.rereading import RereadingRoom
from newsletter.project.segments import SegmentDesk

if TYPE_CHECKING:
    from newsletter.delivery.approval import Audience
    from newsletter.delivery.revisions import Revision
    from newsletter.model import Approval, Issue, RenderedMail

#: A list, a segment of it or "", and what is left out: all by name.
_Meant = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class GivenApproval:
    """One bon à tirer, seen from today."""

    approval: Approval
    #: For whom, in words of that day.
    readers: str
    #: Name of the segment it was given for, "" for the list; and of what was left out.
    segment: str
    without: tuple[str, ...]
    #: Says what lifted it, one sentence each: it may read everybody.
    judge: Callable[[], Sequence[str]]
    #: The later one for the same readers.
    replaced_by: Approval | None = None

    @cached_property
    def changes(self) -> Sequence[str]:
        """What lifted it, one sentence each."""
        return () if self.replaced_by else self.judge()

    @property
    def holds(self) -> bool:
        """True when the letter of today may leave with it."""
        return self.replaced_by is None and not self.changes


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the bon à tirer of a mail stands, now."""

    #: The last one of the issue.
    approval: Approval | None
    #: Says what lifted it: it may read everybody.
    judge: Callable[[Approval], Mapping[str, str]]
    #: What an approval given now would hold for.
    mail: RenderedMail
    audience: Audience
    #: For whom it was given, in words, when that is not for these readers.
    others: str = ""

    @cached_property
    def changes(self) -> Mapping[str, str]:
        """Part (`subject preheader html text audience`) → the sentence of what lifted it; none while it holds."""
        return self.judge(self.approval) if self.approval else {}

    @cached_property
    def revisions(self) -> Sequence[Revision]:
        """The same for the words, in full."""
        from newsletter.delivery.approval import revisions_since

        return revisions_since(self.approval, self.mail) if self.approval and self.changes else ()

    @property
    def sha256(self) -> str:
        """Digest of what an approval given now would hold for."""
        from newsletter.delivery.approval import digest, parts_of

        return digest(parts_of(self.mail, self.audience))

    @property
    def people(self) -> int:
        """How many an approval given now would hold for."""
        return self.audience.people

    @property
    def is_of_others(self) -> bool:
        """True when only the readers are not those it was given for: the letter is the same, to the character."""
        return bool(self.others) and set(self.changes) == {"audience"}

    @property
    def holds(self) -> bool:
        """True when this very mail may leave for these very people."""
        return self.approval is not None and not self.changes


class ApprovalRoom(RereadingRoom, SegmentDesk):
    """Looks back on what was approved."""

    def approvals(self, issue: Issue, mail: RenderedMail) -> Iterator[GivenApproval]:
        """Newest first, each judged once it is asked for; `mail` is the issue's for its own list, now."""
        later: dict[_Meant, Approval] = {}
        for approval in self.deliveries.approvals(issue.id):
            list_id, segment, without = meant = _meant(approval, issue)
            replaced_by = later.get(meant)
            yield GivenApproval(
                approval=approval,
                readers=approval.approved_text.get("readers") or self.readers_in_words(Readership.whole(list_id)),
                segment=segment,
                without=without,
                judge=partial(self._lifted_by, approval, issue, mail),
                replaced_by=replaced_by,
            )
            later.setdefault(meant, approval)

    def _lifted_by(self, approval: Approval, issue: Issue, mail: RenderedMail) -> Sequence[str]:
        """Judged for the readers that those names stand for now; a name that stands for nobody lifts it too.

        Once the letter is another one, nobody asks who its readers are.
        """
        from newsletter.delivery.approval import changed_words, changes_since

        list_id, segment, without = _meant(approval, issue)
        try:
            readers = self.readership(issue, list_id=list_id, segment=segment, without=without)
            theirs = mail if list_id == issue.list else self.render(issue, list_id).mail
        except NewsletterError as error:
            return (error.message,)
        if words := changed_words(approval, theirs):
            return tuple(words.values())
        change = self._change(readers, approval.at)
        return changes_since(approval, theirs, self._audience(readers), change=change)

    def watch_paths(self) -> list[Path]:
        """As the newsroom's, and the file of segments: whom a letter is for."""
        return [*super().watch_paths(), self._segments_file]


def _meant(approval: Approval, issue: Issue) -> _Meant:
    list_id = approval.approved_text.get("list") or issue.list
    if not (rule := approval.approved_text.get("rule")):
        return list_id, "", ()
    of, *without = json.loads(rule)["segments"]
    return list_id, of.get("name", ""), tuple(one.get("name") or one["list"] for one in without)
