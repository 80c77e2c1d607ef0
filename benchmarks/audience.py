"""A list taken in from CSV and frozen for a mailing, in rows a second: `python -m benchmarks.audience [ROWS]`.

Of the rows 1 % are upper-case, 0.3 % bad, 0.3 % come twice, 0.4 % have an international domain. In the same run the
file is read by `csv.reader` alone, goes the plain way into the same tables (csv, one expression for all addresses,
`INSERT OR IGNORE` row by row; nothing is cleaned, reported or compared), and ten thousand addresses go through
email-validator, so that the ratios hold on any machine. Each step is a process of its own: its processor time and its
peak memory are the system's own account.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.commands import COMMAND

#: Addresses that email-validator judges: it takes a minute for a million.
_JUDGED = 10_000

_PLAINLY = """
import csv, re, sqlite3, sys
from pathlib import Path
from newsletter.store import open_engine, upgrade
engine = open_engine("sqlite:///plain.db", root=Path(sys.argv[1]))
upgrade(engine)
engine.dispose()
plain = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}[.])+[A-Za-z]{2,63}").fullmatch
database = sqlite3.connect(Path(sys.argv[1]) / "plain.db", isolation_level=None)
for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -64000"):
    database.execute(f"PRAGMA {pragma}")
at, field = "2026-11-27 12:00:00.000000", '{"ville": "%s"}'
database.execute("BEGIN IMMEDIATE")
database.execute("INSERT INTO consents (text, source, at) VALUES ('benchmark', 'import', ?)", (at,))
with open(sys.argv[2], encoding="utf-8", newline="") as file:
    rows = csv.reader(file, delimiter=";")
    next(rows)
    database.executemany(
        "INSERT OR IGNORE INTO subscribers (email, email_key, first_name, last_name, tags, fields, created_at)"
        " VALUES (?, ?, ?, ?, '[]', ?, ?)",
        ((mail, mail.lower(), first, last, field % town, at) for mail, first, last, town in rows if plain(mail)),
    )
database.execute(
    "INSERT INTO subscriptions (subscriber_id, list_id, status, consent_id, changed_at)"
    " SELECT id, 'members', 'confirmed', 1, created_at FROM subscribers ORDER BY id"
)
database.execute(
    "INSERT INTO events (subscriber_id, at, kind, list_id, detail, consent_id)"
    " SELECT id, created_at, 'imported', 'members', '', 1 FROM subscribers ORDER BY id"
)
database.execute("COMMIT")
database.close()
"""

_FREEZE = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from newsletter.model import Freeze, Readership, RenderedMail
from newsletter.store import SqlAudienceStore, SqlDeliveryStore, open_engine
engine = open_engine("sqlite:///var/newsletter.db", root=Path(sys.argv[1]))
audience, deliveries = SqlAudienceStore(engine), SqlDeliveryStore(engine)
mail = RenderedMail(issue="i", variant="members", language="fr", subject="s", preheader="", html="h", text="t",
                    fields=(), sha256="0" * 64)
freeze = Freeze(issue="i", list="members", rehearsal=False)
for name, work in (
    ("counting an audience", lambda: audience.audience_size("members")),
    ("its digest", lambda: audience.readers_digest(Readership.whole("members"))),
    ("who would receive", lambda: deliveries.would_receive("i", "members")),
    ("freezing", lambda: deliveries.create_mailing(freeze, mail, now=datetime.now(UTC))),
    ("who would receive again", lambda: deliveries.would_receive("i", "members")),
):
    started, busy = time.perf_counter(), time.process_time()
    work()
    print(f"{name:>28}: {time.perf_counter() - started:8.2f} s, {time.process_time() - busy:.2f} s of processor time")
"""


def write_list(file: Path, rows: int) -> None:
    """A list as a member office would export it."""
    with file.open("w", encoding="utf-8") as out:
        out.write("Courriel;Prénom;Nom;Ville\n")
        for number in range(rows):
            out.write(f"{_address(number, rows)};Hélène{number % 700};Dupont-{number % 5000};Namur\n")


def _address(number: int, rows: int) -> str:
    kind = number % 1000
    if 13 <= kind < 16 and number > 1000:
        number -= 1000 - kind  # as it stood a little before
    address = f"lecteur.{number * 7919 % rows:07}@exemple{number % 977}.org"
    if kind < 10:
        return address.upper()
    if kind < 13:
        return address.replace("@", " at ")
    return f"lecteur.{number}@élan{number % 977}.be" if 16 <= kind < 20 else address


def run(*arguments: str) -> tuple[float, float, float, str]:
    """Wall seconds, processor seconds, peak MB, and what a command printed."""
    started = time.perf_counter()
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    printed = child.stdout.read() if child.stdout else ""
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, printed
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, printed


def seconds(work: Callable[[], object]) -> float:
    """Processor time."""
    started = time.process_time()
    work()
    return time.process_time() - started


def read_alone(file: Path) -> int:
    """Rows, by the standard library."""
    with file.open(encoding="utf-8", newline="") as lines:
        return sum(1 for _row in csv.reader(lines, delimiter=";"))


def judge() -> None:
    """What every row would cost without our fast path."""
    from email_validator import validate_email

    for number in range(_JUDGED):
        validate_email(f"lecteur.{number}@exemple{number % 977}.org", check_deliverability=False, strict=True)


def main() -> None:
    """Import twice, export, freeze; print rates, ratios and memory."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as temporary:
        project, file = Path(temporary) / "project", Path(temporary) / "members.csv"
        run(*COMMAND, "init", str(project))
        write_list(file, rows)
        reading, judging = seconds(lambda: read_alone(file)) / rows, seconds(judge) / _JUDGED
        desk = (*COMMAND, "--project", str(project), "subscribers")
        taking = (*desk, "import", str(file), "--list", "members", "--consent", "benchmark", "--json")
        print(f"{'csv.reader alone':>28}: {1 / reading:10,.0f} rows a second of processor time")
        print(f"{'email-validator on each':>28}: {1 / judging:10,.0f}")
        walls: dict[str, float] = {}
        least, worked, memory, _printed = run(sys.executable, "-c", _PLAINLY, str(project), str(file))
        rate = f"{rows / worked:10,.0f} ({rows / least:,.0f} by the clock), {memory:.0f} MB"
        print(f"{'the plain way':>28}: {rate}")
        for name, command in (
            ("import", taking),
            ("import again", taking),
            ("export", (*desk, "export", "--list", "members", "--out", str(file))),
        ):
            wall, processor, memory, _printed = run(*command)
            walls[name] = wall
            ratios = (
                f"{processor / rows / reading:.0f} × csv.reader, {judging * rows / processor:.1f} × as fast as judging"
            )
            print(f"{name:>28}: {rows / processor:10,.0f} ({rows / wall:,.0f} by the clock), {memory:.0f} MB, {ratios}")
        print(f"{'import ÷ the plain way':>28}: {least / walls['import']:10.2f} × its rate by the clock")
        _wall, _processor, memory, printed = run(sys.executable, "-c", _FREEZE, str(project))
        print(f"{printed.rstrip()}\n{'peak memory of these':>28}: {memory:8.0f} MB")


if __name__ == "__main__":
    main()
