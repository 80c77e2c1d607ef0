"""What every story of a fault shares: thirty readers, a run in French, and the account that must come out after it."""

from collections import Counter
from dataclasses import replace
from typing import Any

from newsletter.delivery.dispatch.local import journal_path
from newsletter.delivery.transports.answers import Timeouts
from newsletter.i18n import speaking
from newsletter.model import Counts, DeliveryState, Mailing, MailingState
from newsletter.settings import Secret, Smtp
from tests.fault_server import FaultServer
from tests.mailroom import IMPATIENT, PATIENT, QUICK, Mailroom, address

PEOPLE = 30
FINISHED, PAUSED = MailingState.FINISHED, MailingState.PAUSED
UNTOUCHED = (PAUSED, Counts(queued=PEOPLE))
#: Half of it, for a server that asks to slow down, still makes nobody wait.
SWIFT = replace(QUICK, rate=2000)
#: The recipients of the first five readers.
FIVE = "reader0000[1-5]@"


def plain(server: FaultServer, **changes: object) -> Smtp:
    """Settings for a server without encryption or password."""
    values: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "security": "none", "hello": "client.test"}
    return Smtp(**{**values, **changes})


def secret(server: FaultServer, **changes: object) -> Smtp:
    """Settings with a password."""
    return plain(server, **{"username": "imagine", "password": Secret("sésame"), **changes})


def run(mailroom: Mailroom, server: FaultServer, *, smtp: Smtp | None = None, **options: object) -> Mailing:
    """Send to everybody, and check what holds whatever went wrong. What there is to say is said in French."""
    with speaking("fr"):
        how = replace(SWIFT, **options)
        dispatcher = mailroom.dispatcher(server.port, options=how, smtp=smtp, timeouts=patience(server))
        mailing = dispatcher.run(mailroom.mailing().id)
    check(mailroom, server, mailing)
    return mailing


def patience(server: FaultServer) -> Timeouts:
    """Little with a server that leaves somebody without an answer; with any other, more than a busy machine takes."""
    return IMPATIENT if any(fault.does.endswith(("stall", "drip")) for fault in server.faults) else PATIENT


def resume(mailroom: Mailroom, server: FaultServer, mailing: Mailing, *, smtp: Smtp | None = None) -> Mailing:
    """The same mailing once more; checked by whoever knows what the servers before had kept."""
    with speaking("fr"):
        dispatcher = mailroom.dispatcher(server.port, options=SWIFT, smtp=smtp, timeouts=patience(server))
        return dispatcher.run(mailing.id)


def check(mailroom: Mailroom, server: FaultServer, mailing: Mailing) -> None:
    """Everybody is accounted for; nobody has two copies; who is `sent` has one, and a copy without `sent` is named."""
    assert mailroom.store.counts(mailing.id).total == mailroom.people
    assert doubled(server) == []
    sent, uncertain = (set(mailroom.emails(mailing, state)) for state in (DeliveryState.SENT, DeliveryState.UNCERTAIN))
    assert sent <= set(server.recipients) <= sent | uncertain
    assert server.said("RCPT") <= server.said("MAIL"), "one reader a transaction"
    assert not journal_path(mailroom.folder / "journal", mailing.id).exists()
    assert (mailing.state is PAUSED) <= bool(mailing.note), "whoever pauses says why"


def doubled(*servers: FaultServer) -> list[str]:
    """Who has more than one copy."""
    received = Counter(email for server in servers for email in server.recipients)
    return [email for email, copies in received.items() if copies > 1]


def outcome(mailroom: Mailroom, mailing: Mailing) -> tuple[MailingState, Counts]:
    """Where the mailing stands, and everybody in it."""
    return mailing.state, mailroom.store.counts(mailing.id)


def attempts(mailroom: Mailroom, mailing: Mailing) -> dict[str, int]:
    """How often each reader's copy was answered; who was never, is left out."""
    return {one.email: one.attempts for one in mailroom.store.deliveries(mailing.id) if one.attempts}


def everybody() -> set[str]:
    """All thirty addresses."""
    return {address(number) for number in range(1, PEOPLE + 1)}
