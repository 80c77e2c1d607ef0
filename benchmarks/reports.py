"""Pages of reports over a list and two mailings of 100,000: `python -m benchmarks.reports [PEOPLE]`.

Each page is asked of the studio in this process, the best of five in processor time; beside them, what reading every
delivery once costs, so that the ratios hold on any machine.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, bindparam, select, update

from newsletter.model import Consent, Freeze, ImportRow, MailingState
from newsletter.project import Project
from newsletter.store.tables import deliveries
from newsletter.web.studio.app import make_studio
from tests.mailroom import MAIL
from tests.web.asking import Asking
from tests.web.desk import open_desk

PAGES = ("/reports", "/reports/2", "/reports/2?sort=failed", "/reports/growth?span=all")
STARTED = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
#: How many deliveries in a hundred are refused, and how many accepted only later.
_REFUSED, _LATER = 2, 3
_A_SECOND = 50


def fill(project: Project, people: int) -> None:
    """A list that grew by a hundredth a week, and two mailings to all of it."""
    for week in range(100):
        at = STARTED - timedelta(weeks=100 - week)
        numbers = range(week * people // 100, (week + 1) * people // 100)
        rows = [ImportRow(line=number, email=_address(number)) for number in numbers]
        consent = Consent(text="benchmark", source="hand", at=at)
        project.audience.import_rows(rows, list_id="members", consent=consent, dry_run=False)
    for quarter in range(2):
        _send(project, at=STARTED + timedelta(days=91 * quarter))


def _address(number: int) -> str:
    """Half of the people at eight domains, the others at 4,000."""
    return f"lecteur.{number}@" + (f"grand{number % 8}.be" if number % 2 else f"exemple{number % 8000}.org")


def _send(project: Project, *, at: datetime) -> None:
    store = project.deliveries
    freeze = Freeze(issue=f"{at:%Y-%m-%d}", list="members", rehearsal=False)
    mailing = store.create_mailing(freeze, MAIL, now=at)
    store.set_state(mailing.id, MailingState.RUNNING, now=at)
    with project._engine.begin() as connection:
        _settle(connection, mailing.id, at)
    people = store.counts(mailing.id).total
    store.set_state(mailing.id, MailingState.FINISHED, now=at + timedelta(seconds=people / _A_SECOND + 1800))


def _settle(connection: Connection, mailing_id: int, at: datetime) -> None:
    columns = ("state", "attempts", "changed_at", "reply_phase", "reply_code", "reply_enhanced", "reply_text")
    query = select(deliveries.c.id).where(deliveries.c.mailing_id == mailing_id)
    rows = []
    for place, number in enumerate(connection.execute(query).scalars()):
        moment = at + timedelta(seconds=place / _A_SECOND)
        if place % 100 < _REFUSED:
            values = ("failed", 1, moment, 6, 550, "5.1.1", "no such user")
        elif place % 100 < _REFUSED + _LATER:
            values = ("sent", 2, moment + timedelta(minutes=15), 8, 250, "2.0.0", "queued")
        else:
            values = ("sent", 1, moment, 8, 250, "2.0.0", "queued")
        rows.append({"number": number} | dict(zip(columns, values, strict=True)))
    change = update(deliveries).where(deliveries.c.id == bindparam("number"))
    connection.execute(change.values({name: bindparam(name) for name in columns}), rows)


def best(work: Callable[[], object]) -> float:
    """Seconds of processor time, SQLite's included, the best of five."""
    times = []
    for _run in range(5):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def main() -> None:
    """Fill a project, then ask."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as temporary:
        project = open_desk(Path(temporary))
        fill(project, people)
        reading = best(lambda: sum(1 for _each in project.deliveries.deliveries(2)))
        print(f"{'every delivery read once':>28}: {reading * 1000:6.0f} ms for {people:,}")
        editor = Asking(make_studio(project, token="bench", port=8025), base_url="http://127.0.0.1:8025")
        editor.get("/", params={"token": "bench"})
        for path in PAGES:
            page = best(lambda path=path: editor.get(path).raise_for_status())
            print(f"{path:>28}: {page * 1000:6.0f} ms, {reading / page:.1f} × as fast as reading")


if __name__ == "__main__":
    main()
