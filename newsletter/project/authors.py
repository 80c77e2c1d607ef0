"""Who changed a file, as far as it is known: the names that git keeps with what was committed."""

import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from newsletter.settings import git_keeps

#: Seconds that git may take: a page waits for it.
_PATIENCE = 2
#: Stands before each name that git prints, and in no path.
_NAME = "\x01"


def authors_since(folder: Path, files: Sequence[str], since: datetime) -> Mapping[str, tuple[str, ...]]:
    """File → who committed a change to it since, the last first; paths are relative to the folder.

    A file that stands there otherwise than it was committed is left out, since nobody signed what it says. So is all
    of it outside of git, or without the program.
    """
    if not files or not git_keeps(folder / files[0]):
        return {}
    unsigned = _git(folder, "ls-files", "--modified", "--others", "--", *files)
    found: dict[str, dict[str, None]] = {}
    name = ""
    for line in _git(folder, "log", f"--since={since.isoformat()}", f"--format={_NAME}%an", *_BY_FILE, "--", *files):
        if line.startswith(_NAME):
            name = line.removeprefix(_NAME)
        elif line not in unsigned:
            found.setdefault(line, {})[name] = None
    return {file: tuple(names) for file, names in found.items()}


_BY_FILE = ("--name-only", "--relative", "--no-show-signature")


def _git(folder: Path, *words: str) -> list[str]:
    """Lines that git answers; none when it cannot."""
    command = ["git", "-C", str(folder), "-c", "core.quotePath=off", *words]
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and paths after a `--`
            command, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line for line in done.stdout.splitlines() if line]
