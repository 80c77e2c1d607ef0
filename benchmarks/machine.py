"""Processes, measured: what they take of the clock, the processor and memory; and the sink they send to."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

#: As users have it: a variable that keeps Python from writing bytecode would have every run compile our own modules.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Run(NamedTuple):
    """One process, from its start to its end."""

    output: str
    seconds: float
    #: User and system.
    cpu_seconds: float
    #: Resident, in kB, twenty times a second.
    memory: list[int]


def measured(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Run:
    """Run it to its end; raises when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=env or ENVIRONMENT)
        memory: list[int] = []
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            memory.append(resident_kb(process.pid))
            time.sleep(0.05)
        seconds, usage = time.perf_counter() - started, ended[2]
        process.returncode = os.waitstatus_to_exitcode(ended[1])
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise RuntimeError(f"{command[0]} failed with {process.returncode}: {text}")
    return Run(text, seconds, usage.ru_utime + usage.ru_stime, memory)


def resident_kb(pid: int) -> int:
    """Resident memory of a process, in kB; 0 when it is gone."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's smtp-sink, which takes everything and keeps nothing; its port."""
    sink, port = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink", free_port()
    server = subprocess.Popen(
        [sink, "-u", "postfix", f"127.0.0.1:{port}", "200"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        yield port
    finally:
        server.terminate()
        server.wait()
