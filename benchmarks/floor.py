"""Where the processor time of a message goes: what each part that cannot be left out takes alone, beside the whole.

Alone, a part finds its code and data in the processor's caches, and nobody on the other thread of its core; in a
mailing each costs up to twice that. What the parts leave of the whole is this difference, and the sender between them.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.letters import IDENTITY, PAGES, SECRET, make_mail, make_readers, token_of
from benchmarks.machine import smtp_sink
from benchmarks.sending import make_mailing, ours, peer
from newsletter.delivery.ahead import BATCH
from newsletter.delivery.journal import Journal
from newsletter.delivery.personalize import compile_mail
from newsletter.model import DeliveryState, MailingState, Outcome, Phase, Reply
from newsletter.project import Project

SIZES = (2, 80)
COUNT = 50_000
FEW = 10
ROUNDS = 5
PAGE = 1_000
TAKEN = Reply(phase=Phase.DOT, code=250, enhanced="2.0.0", text="2.0.0 Ok")


def taken(deliveries: Iterator[int]) -> list[Outcome]:
    """The server took them all."""
    return [Outcome(delivery, DeliveryState.SENT, TAKEN) for delivery in deliveries]


def best(work: Callable[[], int]) -> float:
    """µs of processor time a message, in the best of some rounds; `work` says how many messages it was."""
    rounds = []
    for _round in range(ROUNDS):
        start = time.process_time()
        count = work()
        rounds.append((time.process_time() - start) / count * 1e6)
    return min(rounds)


def making(kilobytes: int) -> float:
    """Token, header, values, envelope."""
    mail, readers = make_mail(kilobytes), make_readers(5_000)
    compiled = compile_mail(
        mail, identity=IDENTITY, mailing_key="floor", date=datetime.now(UTC), secret=SECRET, pages=PAGES
    )

    def make() -> int:
        for reader in readers:
            compiled.envelope_sender(reader)
            compiled.message(reader, token=token_of(reader))
        return len(readers)

    return best(make)


def noting(folder: Path) -> float:
    """START, LEFT and DONE of each, a sync for every batch."""
    journal = Journal(folder / "floor.journal", run=1)

    def note() -> int:
        for first in range(0, 100 * BATCH, BATCH):
            deliveries = range(first, first + BATCH)
            places = [journal.start(delivery) for delivery in deliveries]
            for place, outcome in zip(places, taken(iter(deliveries)), strict=True):
                journal.secure(place)
                journal.leave(outcome.delivery)
                journal.done(outcome)
        return 100 * BATCH

    try:
        return best(note)
    finally:
        journal.close(remove=True)


def storing(folder: Path) -> float:
    """Claimed by the page, what became of the page before entered in the same transaction."""
    make_mailing(folder, 4 * PAGE * ROUNDS, kilobytes=2)
    project = Project.open(folder)
    mailing, store = project.mailings()[0], project.deliveries
    store.set_state(mailing.id, MailingState.RUNNING, now=project.now())
    outcomes: list[Outcome] = []

    def store_pages() -> int:
        for _page in range(4):
            page = store.claim(mailing.id, limit=PAGE, now=project.now(), outcomes=outcomes)
            outcomes[:] = taken(reader.delivery for reader in page)
        return 4 * PAGE

    return best(store_pages)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary, smtp_sink() as port:
        noted, stored = noting(Path(temporary)), storing(Path(temporary) / "project")
        started = ours(port, FEW, kilobytes=2)[0].cpu * FEW / COUNT
        print(f"{'µs of processor time a message':<42}" + "".join(f"{size:>8} KB" for size in SIZES))
        columns = []
        for size in SIZES:
            wire, made = peer("bare", port, COUNT, kilobytes=size).cpu, making(size)
            whole = ours(port, COUNT, kilobytes=size)[0].cpu
            columns.append([wire, made, noted, stored, started, whole - wire - made - noted - stored - started, whole])
    names = (
        "the wire: what `benchmarks.bare` takes",
        "making the message",
        "the journal, synced",
        "the store: claimed, and what became of it",
        f"the start, over {COUNT:,} messages",
        "conversation, pace, hand-overs, cold caches",
        "newsletter, uvloop",
    )
    for name, *cells in zip(names, *columns, strict=True):
        print(f"{name:<42}" + "".join(f"{cell:11.0f}" for cell in cells))


if __name__ == "__main__":
    main()
