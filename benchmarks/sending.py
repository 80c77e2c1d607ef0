"""Who sends a letter how fast: smtp-source (C), `newsletter resume`, and four others, to smtp-sink on the loopback.

All in one run, ten connections where there is a choice, so that the ratios hold on a machine that is not quiet. Ours
is the whole command as a process: start, journal, ledger, headers, everything but DKIM.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.chart import draw
from benchmarks.letters import make_mail
from benchmarks.machine import ENVIRONMENT, measured, smtp_sink
from benchmarks.wire import delayed
from newsletter.model import Consent, Freeze, ImportRow
from newsletter.project import Project, create_project

ROOT = Path(__file__).parent.parent
CHART = ROOT / "docs" / "benchmarks.svg"
PEERS = ROOT / "var" / "bench-peers"
COMMAND = [sys.executable, "-m", "newsletter", "--lang", "en"]
#: Kilobytes → messages of the quick ones, messages of the slow ones.
COUNTS = {80: (50_000, 400), 20: (100_000, 800)}
#: How commands are grouped → messages sent through a long road.
FAR = {"off": 2_000, "group": 8_000, "chain": 16_000}


class Speed(NamedTuple):
    """What one sender did."""

    rate: float
    #: µs of processor time a message.
    cpu: float


def make_mailing(folder: Path, people: int, *, kilobytes: int) -> None:
    """A project whose one mailing is frozen, and waits to be resumed."""
    create_project(folder)
    project = Project.open(folder)
    rows = (
        ImportRow(line=n, email=f"reader{n}@example.org", first_name=f"Hélène {n % 700}", last_name="Durand")
        for n in range(people)
    )
    consent = Consent(text="benchmark", source="hand", at=datetime.now(UTC))
    project.audience.import_rows(rows, list_id="members", consent=consent, dry_run=False)
    mail = make_mail(kilobytes)
    identity = project.identity("members").to_mapping() | {"return_path": "bounce@imagine.example"}
    freeze = Freeze(issue=mail.issue, list="members", rehearsal=False, identity=identity)
    project.deliveries.create_mailing(freeze, mail, now=datetime.now(UTC))


def ours(port: int, count: int, *, kilobytes: int, **changes: object) -> tuple[Speed, list[int]]:
    """`newsletter resume` as a process; its speed, and its resident memory in kB from time to time."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        make_mailing(folder, count, kilobytes=kilobytes)
        settings = {"NEWSLETTER_SMTP__PORT": port, "NEWSLETTER_SMTP__MESSAGES_PER_CONNECTION": 1000, **changes}
        environment = ENVIRONMENT | {name: str(value) for name, value in settings.items()}
        run = measured([*COMMAND, "--project", str(folder), "resume", "--json"], env=environment)
    report = json.loads(run.output[run.output.index("{") :])
    assert report["counts"]["sent"] == report["total"] == count, report["counts"]
    return Speed(count / run.seconds, run.cpu_seconds / count * 1e6), run.memory


def smtp_source(port: int, count: int, *, kilobytes: int) -> Speed:
    """Postfix's own, in C: the same bytes to everybody, nothing remembered."""
    program = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    run = measured([program, "-d", "-s", "10", "-m", str(count), "-l", str(kilobytes * 1000), f"127.0.0.1:{port}"])
    return Speed(count / run.seconds, run.cpu_seconds / count * 1e6)


def peer(name: str, port: int, count: int, *, kilobytes: int) -> Speed:
    """One of `benchmarks.peers`, as it measures itself."""
    python = str(PEERS / "bin" / "python") if name == "django-post-office" else sys.executable
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-m", "benchmarks.peers", name, str(port), str(count), str(kilobytes)]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=folder, env=ENVIRONMENT | {"PYTHONPATH": str(ROOT)}
        )
    rate, cpu = done.stdout.split()[-2:]
    return Speed(float(rate), float(cpu))


def install_peers() -> None:
    """django-post-office, in an environment of its own that nothing else uses."""
    if (PEERS / "ready").exists():
        return
    venv.create(PEERS, with_pip=True, clear=True)
    packages = ["django", "django-post-office", "aiosmtplib", "itsdangerous"]  # the last for the letter's own links
    subprocess.run([PEERS / "bin" / "pip", "install", "--quiet", *packages], check=True)
    (PEERS / "ready").touch()


def compare(kilobytes: int) -> dict[str, Speed]:
    """Everybody, one after the other, to one sink."""
    many, few = COUNTS[kilobytes]
    with smtp_sink() as port:
        return {
            "smtp-source (C)": smtp_source(port, many, kilobytes=kilobytes),
            "newsletter, uvloop": ours(port, many, kilobytes=kilobytes)[0],
            "newsletter, asyncio": ours(port, many, kilobytes=kilobytes, NEWSLETTER_DELIVERY__LOOP="asyncio")[0],
            "bare protocol, uvloop": peer("bare", port, many, kilobytes=kilobytes),
            "aiosmtplib.send × 10": peer("aiosmtplib", port, few, kilobytes=kilobytes),
            "smtplib, one connection": peer("smtplib", port, few, kilobytes=kilobytes),
            "django-post-office": peer("django-post-office", port, few, kilobytes=kilobytes),
        }


def far_away() -> Iterator[tuple[str, float]]:
    """Messages a second through 20 ms of round trip, by how commands are grouped."""
    for pipelining, count in FAR.items():
        with smtp_sink() as port, delayed(port, seconds=0.01) as far:
            yield pipelining, ours(far, count, kilobytes=80, NEWSLETTER_SMTP__PIPELINING=pipelining)[0].rate


def main() -> None:
    """Measure and print; the chart goes beside the page."""
    install_peers()
    tables = {kilobytes: compare(kilobytes) for kilobytes in COUNTS}
    rates = {
        f"{size} KB, messages a second": {name: one.rate for name, one in table.items()}
        for size, table in tables.items()
    }
    CHART.write_text(draw("Messages a second through smtp-sink, ten connections", rates), encoding="utf-8")
    for kilobytes, speeds in tables.items():
        floor, naive = speeds["smtp-source (C)"], speeds["aiosmtplib.send × 10"]
        print(f"{kilobytes:>3} KB a message          messages/s  × smtp-source   × naive   CPU µs  × less than naive")
        for name, speed in speeds.items():
            ratios = f"{speed.rate / floor.rate:12.2f} {speed.rate / naive.rate:10.1f}"
            print(f"{name:<24} {speed.rate:10,.0f} {ratios} {speed.cpu:9.0f} {naive.cpu / speed.cpu:12.1f}")
        print()
    print("20 ms of round trip, 80 KB, ten connections")
    for pipelining, rate in far_away():
        print(f"{pipelining:<24} {rate:10,.0f} messages/s")


if __name__ == "__main__":
    main()
