"""A mailroom to test with: a real database, an audience, and letters that name their reader.

As a program, `python -m tests.mailroom FOLDER PORT MAILING [DATABASE]`, it sends a mailing in a process of its own.
"""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from newsletter.delivery.dispatch.local import LocalDispatcher
from newsletter.delivery.retry import Schedule
from newsletter.delivery.sender import Options, Relay
from newsletter.delivery.transports.answers import Timeouts
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.model import Consent, Counts, DeliveryState, Freeze, ImportRow, Mailing, Prepared, Reader, RenderedMail
from newsletter.settings import Smtp, SmtpServer
from newsletter.store.audience import SqlAudienceStore
from newsletter.store.delivery import SqlDeliveryStore
from newsletter.store.engine import open_engine, upgrade

LIST = "members"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAIL = RenderedMail(
    issue="2026-11-23-numero-157",
    variant="members",
    language="fr",
    subject="Numéro 157",
    preheader="Il vient de paraître",
    html="<p>Bonjour</p>",
    text="Bonjour\n",
    fields=(),
    sha256="0" * 64,
)
#: No wait longer than a test may last, and few enough connections to count.
QUICK = Options(
    connections=3,
    messages_per_connection=50,
    schedule=Schedule(retry_seconds=(0,)),
    backoff_seconds=(0.02, 0.05),
    throttle_seconds=(0.02, 0.02, 0.05),
    grace_seconds=5,
)
#: Longer than a busy machine keeps a server that answers from answering.
PATIENT = Timeouts(connect=30, command=30, data=30, dot=30, quit=0.2)
#: For a server that does not.
IMPATIENT = Timeouts(connect=2, command=1, data=1, dot=1, quit=0.2)


def address(number: int) -> str:
    """The address of the n-th reader, from 1."""
    return f"reader{number:05}@example.org"


def letter(reader: Reader) -> Prepared:
    """A small letter, with an id that stays the same however often it is sent."""
    head = f"Message-ID: <{reader.delivery}@example.org>\r\nTo: {reader.email}\r\nSubject: 157\r\n\r\n"
    return Prepared("bounce@example.org", reader.email, [head.encode(), b"Bonjour\r\n" * 20])


@dataclass
class Mailroom:
    """A project's var folder with a database."""

    folder: Path
    people: int = 0
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    database: str = "sqlite:///newsletter.db"

    def __post_init__(self) -> None:
        self.engine = open_engine(self.database, root=self.folder)
        upgrade(self.engine)
        self.store = SqlDeliveryStore(self.engine)
        self.audience = SqlAudienceStore(self.engine)
        if self.people:
            rows = (ImportRow(line=number, email=address(number)) for number in range(1, self.people + 1))
            consent = Consent(text="I agree", source="hand", at=NOW)
            self.audience.import_rows(rows, list_id=LIST, consent=consent, dry_run=False)

    def mailing(self) -> Mailing:
        """A frozen mailing to everybody."""
        return self.store.create_mailing(Freeze(issue=MAIL.issue, list=LIST, rehearsal=False), MAIL, now=NOW)

    def dispatcher(
        self, port: int, *, options: Options = QUICK, smtp: SmtpServer | None = None, timeouts: Timeouts = PATIENT
    ) -> LocalDispatcher:
        """What sends to a server on this machine."""
        settings = smtp or Smtp(host="127.0.0.1", port=port, security="none", hello="client.test")
        return LocalDispatcher(
            store=self.store,
            relays_for=lambda mailing: [Relay(transport=SmtpTransport(settings, timeouts=timeouts))],
            messages_for=lambda mailing: letter,
            journals=self.folder / "journal",
            options=options,
            now=self.now,
        )

    def emails(self, mailing: Mailing, *states: DeliveryState) -> list[str]:
        """Who stands in one of these states."""
        return [delivery.email for delivery in self.store.deliveries(mailing.id, *states)]

    def close(self) -> None:
        """Release the database."""
        self.engine.dispose()


def no_progress(counts: Counts) -> None:
    """Nobody watches."""


def main(folder: str, port: str, mailing: str, database: str = Mailroom.database) -> int:
    """Send, or resume; the exit code is the shell's own for a signal."""
    mailroom = Mailroom(Path(folder), database=database)
    dispatcher = mailroom.dispatcher(int(port))
    dispatcher.run(int(mailing), progress=no_progress, wait=False)
    stopped_by: signal.Signals | None = dispatcher.stopped_by
    return 128 + stopped_by if stopped_by else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
