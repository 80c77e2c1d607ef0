"""The book of mailings: how each stands, what became of everybody, and the orders that need no mail server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.model import Account, DeliveryState, MailingState, Readership
from newsletter.project.proofroom import ProofRoom

if TYPE_CHECKING:
    from newsletter.delivery.complaints import Complaints
    from newsletter.model import Counts, Delivery, Issue, Mailing, MailingEvent


class MailBook(ProofRoom):
    """What is written down of every mailing."""

    @property
    def _journals(self) -> Path:
        return self.var / "journal"

    def account(self, issue: Issue, readers: Readership | None = None, *, rehearsal: bool = False) -> Account:
        """Who would receive an issue now, and how many are left out, why; by default those of its list.

        A rehearsal goes to those who have it already, too.
        """
        readers = readers or Readership.whole(issue.list)
        if not readers.is_whole:
            return self.deliveries.account(readers, issue=None if rehearsal else issue.id)
        size = self.audience.audience_size(readers.list)
        people = size.mailable if rehearsal else self.deliveries.would_receive(issue.id, readers.list)
        return Account(
            people=people,
            served=size.mailable - people,
            pending=size.pending,
            unsubscribed=size.unsubscribed,
            suppressed=size.suppressed,
        )

    def outcomes(self, mailing: Mailing, *states: DeliveryState, most: int) -> Sequence[Delivery]:
        """The first deliveries that stand in one of these states."""
        return list(islice(self.deliveries.deliveries(mailing.id, *states), most))

    def mailings(self) -> Sequence[Mailing]:
        """All mailings, newest first."""
        return self.deliveries.mailings()

    def mailing(self, name: str) -> Mailing:
        """One mailing by number, or `last`; raises UsageError when there is none."""
        return self.deliveries.load_mailing(name)

    def log(self, mailing: Mailing) -> Sequence[MailingEvent]:
        """What happened to it, newest first."""
        return self.deliveries.log(mailing.id)

    def counts(self, mailing: Mailing) -> Counts:
        """How many of its deliveries stand where."""
        return self.deliveries.counts(mailing.id)

    def complaints(self, issue: str, list_id: str) -> Complaints:
        """By which the next mailing of an issue to a list is judged: the worse of this letter and the one before."""
        from newsletter.delivery.complaints import last_letters, worst

        letters = last_letters(self.mailings(), list_id=list_id, issue=issue)
        return worst(letters, delivered=lambda mailing: self.counts(mailing).sent)

    def doubt(self) -> str:
        """Why this may be a copy of the project that sends, one sentence; "" when nothing says so."""
        return self.deliveries.doubt()

    def settle(self) -> None:
        """Somebody says so: from now on letters leave from here, and from nowhere else."""
        self.deliveries.settle()

    def is_interrupted(self, mailing: Mailing) -> bool:
        """True when it should be running and nobody sends: it was killed, or the power failed."""
        return mailing.state is MailingState.RUNNING and not self.deliveries.is_sending()

    def report(self, mailing: Mailing) -> dict[str, Any]:
        """What became of everybody, as `report --json` prints it: `summary`, and who did not simply get it."""
        states = (DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.DEFERRED, DeliveryState.SKIPPED)
        named = map(_named, self.deliveries.deliveries(mailing.id, *states))
        return {**self.summary(mailing), "named": list(named)}

    def summary(self, mailing: Mailing) -> dict[str, Any]:
        """How a mailing stands, in numbers, as `mailings --json` prints it."""
        from newsletter.delivery.complaints import complaints_of

        counts = self.counts(mailing)
        times = ("start_at", "not_after", "started_at", "finished_at", "emptied_at")
        return {
            "mailing": mailing.id,
            "issue": mailing.issue,
            "list": mailing.list,
            "segment": mailing.readership.of.name or None,
            "readers": self.readers_in_words(mailing.readership),
            "left_out": _left_out(mailing),
            "rehearsal": mailing.rehearsal,
            "state": mailing.state.value,
            "interrupted": self.is_interrupted(mailing),
            "note": mailing.note,
            **{name: moment.isoformat() if (moment := getattr(mailing, name)) else None for name in times},
            "counts": asdict(counts),
            "total": counts.total,
            "complaints": mailing.complaints,
            "complaint_rate": round(complaints_of(mailing, counts).rate, 5),
        }

    def pause(self, mailing: Mailing) -> None:
        """Ask a mailing to stop, or not to start; it does within a second."""
        self._move(mailing, MailingState.PAUSED)

    def cancel(self, mailing: Mailing) -> None:
        """Stop a mailing for good; returns once it has stopped: those not yet written to stay unwritten."""
        from newsletter.delivery.dispatch.local import await_rest

        self._move(mailing, MailingState.CANCELLED)
        await_rest(self.deliveries, self._journals, mailing.id, now=self.now())

    def _move(self, mailing: Mailing, state: MailingState) -> None:
        from newsletter.delivery.mailing import require

        require(mailing, state)
        self.deliveries.set_state(mailing.id, state, now=self.now())

    def resolve(self, mailing: Mailing, *, resend: bool, email: str = "") -> int:
        """Decide the uncertain ones, or that of one address; returns how many."""
        return self.deliveries.resolve(mailing.id, resend=resend, now=self.now(), email=email)


def _left_out(mailing: Mailing) -> dict[str, Any] | None:
    """How many of the list were left out when a mailing to less than the whole was frozen, by reason."""
    if mailing.account is None:
        return None
    names = [each.name or each.list for each in mailing.readership.without]
    counts = {reason: number for reason, number in asdict(mailing.account).items() if reason != "people"}
    return counts | {"without": dict(zip(names, mailing.account.without, strict=True))}


def _named(delivery: Delivery) -> dict[str, Any]:
    """One delivery that did not simply arrive, as a report names it."""
    return {
        "email": delivery.email,
        "state": delivery.state.value,
        "code": delivery.reply.code if delivery.reply else None,
        "reply": delivery.reply.text if delivery.reply else "",
        "due_at": delivery.due_at.isoformat() if delivery.due_at else None,
    }
