"""Reads a box of messages: one message in a file, an mbox, a Maildir. Nothing in it is changed, moved or deleted."""

from collections.abc import Iterator
from mailbox import mbox
from pathlib import Path

from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.mistakes import system_reason

#: Octets read of a message: what a report says stands before the letter that it returns.
_MOST = 4 << 20


def messages(box: Path) -> Iterator[tuple[str, bytes]]:
    """Where each message stands, and its first four megabytes; raises ContentError when the box cannot be read."""
    try:
        if box.is_dir():
            yield from _in_folder(box)
            return
        with box.open("rb") as file:
            start = file.read(5)
            if start and start != b"From ":
                yield str(box), start + file.read(_MOST)
                return
        yield from _in_file(box)
    except OSError as error:
        raise ContentError(_("cannot be read: {reason}", reason=system_reason(error)), where=str(box)) from None


def _in_folder(box: Path) -> Iterator[tuple[str, bytes]]:
    """A Maildir: `new` before `cur`, so that what another program moves meanwhile is read, at worst twice."""
    if not (box / "cur").is_dir():
        raise ContentError(_("this folder is no Maildir: it has no folder “cur”"), where=str(box))
    for file in (file for name in ("new", "cur") for file in sorted(box.glob(f"{name}/*")) if file.is_file()):
        try:
            with file.open("rb") as opened:
                yield str(file), opened.read(_MOST)
        except FileNotFoundError:
            continue  # gone since it was listed


def _in_file(box: Path) -> Iterator[tuple[str, bytes]]:
    opened = mbox(box, create=False)
    try:
        for number, key in enumerate(opened.keys(), start=1):
            with opened.get_file(key) as file:
                yield f"{box}:{number}", file.read(_MOST)
    finally:
        opened.close()
