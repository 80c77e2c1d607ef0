"""The last records of a journal, noted without a call to the system: a file in memory, which outlives a killed process.

It is never synced: what a power cut must leave is in the journal itself. Were the journal mapped, each of its syncs
would take the disk several times as long.
"""

import os
from mmap import mmap
from pathlib import Path


def tail_path(journal: Path) -> Path:
    """Where the tail of a journal is."""
    return journal.with_suffix(".tail")


def open_tail(journal: Path, size: int) -> mmap:
    """So many zeros, for their owner alone; raises OSError. Their room on the disk is taken now, or refused."""
    fd = os.open(tail_path(journal), os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(fd, 0, size)
        return mmap(fd, size)
    finally:
        os.close(fd)


def remove_journal(journal: Path) -> None:
    """With its tail, which nobody reads without it."""
    for file in (journal, tail_path(journal)):
        file.unlink(missing_ok=True)
