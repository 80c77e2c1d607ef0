"""A sender watched by Debian's `strace`: what it wrote where, what it had the disk keep, and when each letter left."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

_CALLS = "write,writev,pwrite64,sendto,sendmsg,ftruncate,fsync,fdatasync,rename,unlink"
_LINE = re.compile(r"\d+ +(?:<\.\.\. \w+ resumed>)?(.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?:\d+<(?P<file>[^>]*)>)?(?P<rest>.*?)(?:\) += (?P<result>-?\d+).*)?")
_TEXT = re.compile(r'"([^"]*)"')


class Call(NamedTuple):
    """A system call, as it began or as it ended."""

    name: str
    #: Path of the file, or `socket:[…]`.
    file: str
    #: Every text among its arguments: octets written, or names of files.
    texts: tuple[bytes, ...]
    #: Its last number: the offset of pwrite64, the length of ftruncate.
    last: int
    is_over: bool


def trace(command: list[str], *, into: Path, cwd: Path) -> None:
    """Run a program to its end under strace; skips the test, with one line, where that cannot be done."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("strace is not installed")
    watch = [program, "-f", "-qq", "-y", "-xx", "-s", "1000000", "-e", f"trace={_CALLS}", "-e", "signal=none"]
    ended = subprocess.run([*watch, "-o", str(into), *command], cwd=cwd, capture_output=True, text=True, check=False)
    if "ptrace" in ended.stderr:
        pytest.skip("this machine does not let strace watch a process")
    assert ended.returncode == 0, ended.stderr


def calls(trace: Path) -> Iterator[Call]:
    """Each call twice: when it begins, and when it is over."""
    begun: dict[str, str] = {}
    for line in trace.read_text(encoding="ascii").splitlines():
        process, said = line.split(" ", 1)[0], _LINE.fullmatch(line)
        assert said, line
        text = begun.pop(process, "") + said[1]
        if text.endswith(" <unfinished ...>"):
            begun[process] = text.removesuffix(" <unfinished ...>")
            yield _read(begun[process], is_over=False)
            continue
        if "resumed>" not in line:
            yield _read(text, is_over=False)
        yield _read(text, is_over=True)


def _read(text: str, *, is_over: bool) -> Call:
    found = _CALL.fullmatch(text)
    assert found, text[:200]
    rest = found["rest"]
    numbers = re.findall(r", (\d+)", _TEXT.sub("", rest))
    texts = tuple(map(_octets, _TEXT.findall(rest)))
    file = _octets(found["file"] or "").decode()
    return Call(found["name"], file, texts, int(numbers[-1]) if numbers else 0, is_over)


def _octets(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal.replace("\\x", ""))


@dataclass
class Disk:
    """What the files of a folder hold, and what of it would be there after a power cut: only what was synced."""

    #: The folder as the program found it.
    before: Path
    #: The folder the program wrote into.
    folder: Path
    written: dict[str, bytearray] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    _syncing: dict[str, bytes] = field(default_factory=dict)

    def see(self, call: Call) -> None:
        """Follow one call; a sync keeps what was written before it began, once it is over."""
        if not call.file.startswith(str(self.folder)):
            return
        name = str(Path(call.file).relative_to(self.folder))
        if call.name in ("fsync", "fdatasync"):
            if call.is_over:
                self.kept[name] = self._syncing.pop(name)
            else:
                self._syncing[name] = bytes(self._holds(name))
        elif call.is_over:
            self._change(call, self._holds(name))

    def _change(self, call: Call, file: bytearray) -> None:
        octets = b"".join(call.texts)
        if call.name == "pwrite64":
            file.extend(bytes(max(0, call.last - len(file))))
            file[call.last : call.last + len(octets)] = octets
        elif call.name == "ftruncate":
            del file[call.last :]
        else:
            file += octets

    def _holds(self, name: str) -> bytearray:
        if name not in self.written:
            file = self.before / name
            self.written[name] = bytearray(file.read_bytes() if file.is_file() else b"")
        return self.written[name]

    def restore(self, into: Path, *names: str) -> Path:
        """The folder as a power cut would leave it now: these files as they were last kept, the others as before."""
        shutil.copytree(self.before, into)
        for name in names:
            if name in self.kept:
                (into / name).parent.mkdir(exist_ok=True)
                (into / name).write_bytes(self.kept[name])
        return into


def letters(call: Call) -> list[int]:
    """The deliveries whose letter, final dot and all, is given to the network by this call as it begins."""
    octets = b"".join(call.texts)
    if call.is_over or not call.file.startswith("socket:") or b"\r\n.\r\n" not in octets:
        return []
    return [int(number) for number in re.findall(rb"Message-ID: <(\d+)@", octets)]


def sender(folder: Path, port: int, mailing: int) -> list[str]:
    """The program that sends a mailing of `tests.mailroom`."""
    return [sys.executable, "-m", "tests.mailroom", str(folder), str(port), str(mailing)]
