"""The boundaries between departments, said as Protocols (`reports` has its own); `project` wires who provides them."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from newsletter.model import (
    Approval,
    Article,
    AudienceChange,
    AudienceSize,
    Consent,
    Counts,
    Delivery,
    DeliveryState,
    Event,
    Freeze,
    ImportReport,
    ImportRow,
    Mailing,
    MailingState,
    Outcome,
    ProofRecord,
    Reader,
    RenderedMail,
    Reply,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
    UnreadableArticle,
)


class Source(Protocol):
    """Where articles come from."""

    def read_all(self) -> Sequence[Article | UnreadableArticle]:
        """Every article file, by path. A bad one is an `UnreadableArticle` and hides no other."""
        ...

    def read(self, path: str) -> Article:
        """One article by its path under the articles folder; raises ContentError with file, line and hint."""
        ...


class AudienceStore(Protocol):
    """People, lists, consent, suppressions. Every write is one transaction. Times are aware."""

    def secret(self) -> bytes:
        """32 random bytes made with the database: signs tokens, hashes suppressed addresses."""
        ...

    def import_rows(self, rows: Iterable[ImportRow], *, list_id: str, consent: Consent, dry_run: bool) -> ImportReport:
        """Upsert rows in one transaction (rolled back when `dry_run`).

        `rows` is consumed once, streaming; whoever left the list or is suppressed is kept out; one that comes again is
        refused with the line where it first stood; the same rows again change nothing. The caller adds its refusals.
        """
        ...

    def find(self, email: str) -> Subscriber | None:
        """By address, letter case ignored."""
        ...

    def subscriptions(self, subscriber_id: int) -> Sequence[Subscription]:
        """Every list of one person."""
        ...

    def subscription(self, subscription_id: int) -> Subscription | None:
        """By id: what an unsubscribe token names."""
        ...

    def events(self, subscriber_id: int) -> Sequence[Event]:
        """One person's history, oldest first."""
        ...

    def letters(self, subscriber_id: int) -> Sequence[Event]:
        """Every letter made for one person, oldest first: `kind` is the delivery's state, `detail` the issue."""
        ...

    def subscribers(
        self, list_id: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> Iterator[tuple[Subscriber, SubscriptionStatus | None]]:
        """People by id, streaming; of one list with their status there, or everybody (status None)."""
        ...

    def field_names(self, list_id: str) -> frozenset[str]:
        """Names of the fields that somebody on the list has, whatever their status."""
        ...

    def members(self, list_id: str) -> Iterator[tuple[Subscriber, Subscription]]:
        """People of a list by id, each with the subscription and its proof, streaming."""
        ...

    def set_status(self, subscription_id: int, status: SubscriptionStatus, *, now: datetime, detail: str) -> bool:
        """Change one subscription and record the event; False when it already stood so."""
        ...

    def subscribe(self, subscriber_id: int, list_id: str, *, consent: Consent) -> Subscription:
        """Confirm one person on a list, even if unsubscribed before: somebody said so, with proof."""
        ...

    def suppress(self, email: str, reason: SuppressionReason, *, now: datetime) -> bool:
        """Never write to this address again; False when it already stood so."""
        ...

    def unsuppress(self, email: str, *, now: datetime) -> bool:
        """By hand only; False when it was not suppressed."""
        ...

    def is_suppressed(self, email: str) -> bool:
        """True when the address, or its hash, is on the suppression list."""
        ...

    def suppressions(self) -> Sequence[Suppression]:
        """All of them, newest first."""
        ...

    def erase(self, email: str, *, now: datetime) -> bool:
        """Remove every trace of a person but a keyed hash on the suppression list; False when unknown."""
        ...

    def sizes(self) -> Mapping[str, AudienceSize]:
        """List id → how many people, by status."""
        ...

    def audience_size(self, list_id: str) -> AudienceSize:
        """How many would receive a letter now, and how many are left out, why."""
        ...

    def audience_sha256(self, list_id: str) -> str:
        """Hex digest over the sorted, lower-cased addresses a letter would go to now."""
        ...

    def audience_change(self, list_id: str, since: datetime) -> AudienceChange:
        """How many became mailable, and how many ceased to be, after `since`."""
        ...


class DeliveryStore(Protocol):
    """Approvals, proofs, mailings and their deliveries. Every write is one durable transaction."""

    def secret(self) -> bytes:
        """The same 32 bytes as `AudienceStore.secret`: keys Message-ID and VERP."""
        ...

    def save_approval(self, approval: Approval) -> None:
        """Append; the last one of an issue counts."""
        ...

    def load_approval(self, issue: str) -> Approval | None:
        """The last approval of an issue."""
        ...

    def save_proof(self, issue: str, *, sha256: str, to: Sequence[str], at: datetime) -> int:
        """Record a test send; returns its number within the issue: 1, 2, 3 …"""
        ...

    def proofs(self, issue: str) -> Sequence[ProofRecord]:
        """The test sends of an issue, newest first."""
        ...

    def create_mailing(self, freeze: Freeze, mail: RenderedMail, *, now: datetime) -> Mailing:
        """Freeze the audience: one transaction, one Delivery per confirmed, unsuppressed address of the list.

        With a `start_at` only the mailing and its mail are stored: `start_mailing` freezes the audience. Whoever has
        this issue from an earlier, real mailing (any state but `skipped` and `failed`, or pending in a cancelled one)
        is left out, unless this is a rehearsal. The mail is stored: a resumed mailing never renders again.
        """
        ...

    def would_receive(self, issue: str, list_id: str) -> int:
        """How many deliveries `create_mailing` would freeze now, for a real mailing."""
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

    def reschedule(self, mailing_id: int, *, start_at: datetime, not_after: datetime) -> None:
        """Give a mailing that has not started another hour: it is `scheduled` again, unless it is cancelled."""
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

    def claim(self, mailing_id: int, *, limit: int, now: datetime) -> Sequence[Reader]:
        """Take up to `limit` deliveries that are queued, or deferred and due: they become `sending`.

        Whoever unsubscribed or was suppressed meanwhile becomes `skipped` in the same transaction.
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


class Connection(Protocol):
    """One open conversation with a mail server. Not shared between tasks."""

    async def send(
        self,
        sender: str,
        recipient: str,
        content: Sequence[bytes],
        *,
        before_dot: Callable[[], Awaitable[None]],
        following: Callable[[], tuple[str, str, Sequence[bytes]] | None] = lambda: None,
    ) -> Reply:
        """Hand over one message; returns the reply that decided it.

        `content` is the whole message with CRLF line ends, in pieces, no line starting with a dot; `before_dot` is
        awaited after the 354 and before the final dot can leave. When the content leaves, `following` may be asked for
        the next message: what it names, the next call must hand over, unless the connection is closed. A lost
        connection or a 421 raises `LostConnection`; an address that no command can hold, `PermanentFailure`, before
        anything is said.
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
