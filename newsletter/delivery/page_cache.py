"""Whether what was written in a file, and not synced, is still there after the process that wrote it is gone.

The system has it in its page cache, which outlives a killed process, but neither a power cut nor a disk that is pulled
out. Linux names each start of the machine (`boot_id`, random(4)) and numbers each appearance of a disk (`diskseq`,
sysfs-block).
"""

import os
from hashlib import blake2b
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_DISKS = Path("/sys/dev/block")


def epoch_of(folder: Path) -> int:
    """A number below 2^56 that is another one once unsynced writes of this folder may be lost; 0: nobody can tell."""
    try:
        device = folder.stat().st_dev
        disk = (_DISKS / f"{os.major(device)}:{os.minor(device)}").resolve(strict=True)
        # A partition has no number of its own, the disk it is on has.
        number = next(one for one in (disk / "diskseq", disk.parent / "diskseq") if one.exists())
        said = _BOOT.read_bytes() + number.read_bytes()
    except (OSError, StopIteration):
        return 0
    return int.from_bytes(blake2b(said, digest_size=7).digest())
