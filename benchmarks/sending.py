"""10,000 members through the command line to smtp-sink on the loopback: rate, memory, and nobody lost or doubled."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEOPLE = 10_000
COMMAND = [sys.executable, "-m", "newsletter", "--lang", "en"]


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_kb(pid: int) -> int:
    """Resident memory of a process, in kB; 0 when it is gone."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def make_project(folder: Path, port: int) -> None:
    """The sample project with 10,000 members, approved, pointed at a port of the loopback."""
    subprocess.run([*COMMAND, "init", str(folder)], check=True, capture_output=True)
    settings = folder / "newsletter.toml"
    settings.write_text(re.sub(r"(?m)^port = \d+", f"port = {port}", settings.read_text(encoding="utf-8"), count=1))
    rows = [f"reader{number}@example.org;Prénom{number % 700};Nom{number}" for number in range(PEOPLE)]
    (folder / "people.csv").write_text("Courriel;Prénom;Nom\n" + "\n".join(rows) + "\n", encoding="utf-8-sig")
    run(folder, "subscribers", "import", str(folder / "people.csv"), "--list", "members", "--consent", "benchmark")
    run(folder, "approve", "156", "--by", "benchmark")


def run(folder: Path, *arguments: str) -> str:
    """One command; returns what it printed."""
    done = subprocess.run([*COMMAND, "--project", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def measure() -> dict[str, float]:
    """Messages a second of the whole command, and resident memory at a fifth and at the end of the run."""
    sink = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    port = free_port()
    with tempfile.TemporaryDirectory() as temporary:
        folder, seen = Path(temporary) / "project", Path(temporary) / "seen.log"
        make_project(folder, port)
        with seen.open("w") as log:
            server = subprocess.Popen([sink, "-u", "postfix", f"127.0.0.1:{port}", "100"], stdout=log, stderr=log)
            try:
                time.sleep(0.5)
                return _send(folder)
            finally:
                server.terminate()
                server.wait()


def _send(folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    sender = subprocess.Popen(
        [*COMMAND, "--project", str(folder), "send", "156", "--yes", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    memory: list[int] = []
    while not (ended := os.wait4(sender.pid, os.WNOHANG))[0]:
        memory.append(resident_kb(sender.pid))
        time.sleep(0.05)
    seconds, usage = time.perf_counter() - started, ended[2]
    sender.returncode = os.waitstatus_to_exitcode(ended[1])
    report = json.loads(sender.stdout.read() if sender.stdout else "{}")
    assert report["counts"]["sent"] == report["total"] == PEOPLE, report["counts"]
    steady = [kilobytes for kilobytes in memory if kilobytes]
    return {
        "messages a second": PEOPLE / seconds,
        "seconds": seconds,
        "CPU µs a message": (usage.ru_utime + usage.ru_stime) / PEOPLE * 1e6,
        "MB resident at a fifth": steady[len(steady) // 5] / 1024,
        "MB resident at most": max(steady) / 1024,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:>24}  {value:10.1f}")
