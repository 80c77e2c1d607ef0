"""The boundaries of the mailroom: the ledger, and how messages leave."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from newsletter.errors import PermanentFailure
from newsletter.model import (
    Account,
    Approval,
    Counts,
    Delivery,
    DeliveryState,
    Freeze,
    Mailing,
    MailingEvent,
    MailingState,
    Outcome,
    Prepared,
    ProofRecord,
    Reader,
    Readership,
    RenderedMail,
    Reply,
)


class DeliveryStore(Protocol):
    """Approvals, proofs, mailings and their deliveries. Every write is one durable transaction."""

    def secret(self) -> bytes:
        """The same 32 bytes as `AudienceStore.secret`: keys Message-ID and VERP."""
        ...

    def save_approval(self, approval: Approval) -> None:
        """Append; the last one of an issue counts, for each readership."""
        ...

    def approvals(self, issue: str) -> Sequence[Approval]:
        """Every approval of an issue, newest first."""
        ...

    def keep_mail(self, mail: RenderedMail) -> None:
        """Keep a mail as somebody reads it now; keeping it twice is keeping it once."""
        ...

    def kept_mail(self, issue: str, sha256: str) -> RenderedMail | None:
        """A mail that was kept, equal field by field; None when it was not."""
        ...

    def save_proof(self, issue: str, *, sha256: str, to: Sequence[str], at: datetime) -> int:
        """Record a test send; returns its number within the issue: 1, 2, 3 …"""
        ...

    def proofs(self, issue: str) -> Sequence[ProofRecord]:
        """The test sends of an issue, newest first."""
        ...

    def create_mailing(self, freeze: Freeze, mail: RenderedMail, *, now: datetime) -> Mailing:
        """Freeze the audience: one transaction, one Delivery per confirmed, unsuppressed address of the readers.

        With a `start_at` only the mailing and its mail are stored: `start_mailing` freezes the audience. Whoever has
        this issue from an earlier, real mailing (any state but `skipped` and `failed`, or pending in a cancelled one)
        is left out, unless this is a rehearsal. The mail is stored: a resumed mailing never renders again.
        """
        ...

    def would_receive(self, issue: str, list_id: str) -> int:
        """How many deliveries `create_mailing` would freeze now, for a real mailing to a whole list."""
        ...

    def account(self, readers: Readership, *, issue: str | None) -> Account:
        """The same for any readership, and why others of the list would have no delivery; None is a rehearsal."""
        ...

    def load_mailing(self, mailing: int | str) -> Mailing:
        """By number, or `last`; raises UsageError when there is none."""
        ...

    def load_mail(self, mailing_id: int) -> RenderedMail:
        """What the mailing sends, as frozen."""
        ...

    def mailings(self) -> Sequence[Mailing]:
        """All, newest first."""
        ...

    def set_state(self, mailing_id: int, state: MailingState, *, now: datetime, note: str = "") -> None:
        """Move a mailing that is not cancelled; sets `started_at` on the first `running`, `finished_at` on the last."""
        ...

    def start_mailing(self, mailing_id: int, *, now: datetime) -> Mailing:
        """Freeze the audience of a mailing with an hour, unless it is frozen or cancelled; it runs from now on."""
        ...

    def reschedule(self, mailing_id: int, *, start_at: datetime, not_after: datetime, now: datetime) -> None:
        """Give a mailing that has not started another hour: it is `scheduled` again, unless it is cancelled."""
        ...

    def remark(self, mailing_id: int, words: str, *, now: datetime) -> None:
        """Enter something that happened on the way in the mailing's log."""
        ...

    def log(self, mailing_id: int) -> Sequence[MailingEvent]:
        """What happened to a mailing, newest first. Its moves enter themselves, in their own transactions."""
        ...

    def sole_sender(self) -> AbstractContextManager[None]:
        """Hold the right to send; raises BusyError naming the other process (pid, machine)."""
        ...

    def is_sending(self) -> bool:
        """True while a process, this one included, holds the right to send."""
        ...

    def doubt(self) -> str:
        """Why this may be a copy of the database that last sent, one sentence; "" when nothing says so."""
        ...

    def settle(self) -> None:
        """Send from here from now on; a copy of an earlier state will be noticed."""
        ...

    def begin_run(self, mailing_id: int) -> int:
        """A mark for the run of this mailing that is about to claim: not 0, and another one each time."""
        ...

    def last_run(self, mailing_id: int) -> int:
        """The mark of the last run that began; 0 when none did."""
        ...

    def claim(
        self, mailing_id: int, *, limit: int, now: datetime, outcomes: Sequence[Outcome] = ()
    ) -> Sequence[Reader]:
        """Take up to `limit` deliveries that are queued, or deferred and due: they become `sending`.

        Whoever unsubscribed or was suppressed meanwhile becomes `skipped` in the same transaction, which begins by
        storing `outcomes` as `record` does: one wait for the disk where there would be two.
        """
        ...

    def withdrawn(self, mailing_id: int, *, after: int) -> tuple[int, frozenset[int]]:
        """Subscribers who left the list or were suppressed since event id `after`; returns the last id seen too."""
        ...

    def record(self, mailing_id: int, outcomes: Sequence[Outcome], *, now: datetime) -> None:
        """Store outcomes; touches only rows still `sending`, so recording twice is harmless."""
        ...

    def recover(self, mailing_id: int, *, started: frozenset[int] | None, now: datetime) -> None:
        """After a crash, the journal's answers recorded: `started` rows still `sending` become `uncertain`, the others
        `queued`, unpunished; None, when the journal is lost with the machine that kept it: all become `uncertain`."""
        ...

    def hasten(self, mailing_id: int, *, latest: datetime) -> None:
        """Let no deferred delivery be due after `latest`: a clock that was put back must make nobody wait for ever."""
        ...

    def counts(self, mailing_id: int) -> Counts:
        """How many stand where."""
        ...

    def next_due(self, mailing_id: int) -> datetime | None:
        """When the first deferred delivery is due, or None."""
        ...

    def deliveries(self, mailing_id: int, *states: DeliveryState) -> Iterator[Delivery]:
        """By id, streaming; all states when none is named."""
        ...

    def resolve(self, mailing_id: int, *, resend: bool, now: datetime, email: str = "") -> int:
        """Decide the uncertain ones, or that of one address: queue again, or keep as sent; returns how many."""
        ...


class Bag(Protocol):
    """The messages of one connection, and where it says what became of each. No call waits but for this disk.

    For each message: `take` (or `refuse`, when no command can hold its address), `release`, `settle`.
    """

    def take(self) -> Prepared | None:
        """The next message; None when there is none now, or everything halts."""
        ...

    def look_ahead(self) -> Prepared | None:
        """Make the message that the next `take` gives unless everything halts, while the present one is on its way."""
        ...

    def refuse(self, error: PermanentFailure) -> None:
        """The message just taken cannot be addressed; nothing was said of it to the server."""
        ...

    def release(self) -> None:
        """From now on the final dot of the message taken may have left; raises StoreError when none may any more."""
        ...

    def settle(self, reply: Reply) -> bool:
        """The reply that decided the message taken; False when the connection must take no other."""
        ...


class Connection(Protocol):
    """One open conversation with a mail server. Not shared between tasks."""

    async def carry(self, bag: Bag) -> None:
        """Hand over one message after the other, until the bag has none or `settle` says so.

        The content of each is the whole message with CRLF line ends, in pieces, no line starting with a dot. A lost
        connection or a 421 raises `LostConnection`: of the message taken and not settled, if there is one.
        """
        ...

    async def close(self) -> None:
        """Say QUIT if that is still possible; never raises."""
        ...


class Transport(Protocol):
    """How messages leave: SMTP, a folder of files …"""

    async def connect(self) -> Connection:
        """Open one conversation, encrypted and authenticated as configured; raises DeliveryError."""
        ...


class Dispatcher(Protocol):
    """Who runs a mailing: this process, or many machines."""

    def run(self, mailing_id: int, *, progress: Callable[[Counts], None], wait: bool) -> Mailing:
        """Send until nothing is left that can be sent now; returns the mailing as it then stands."""
        ...
