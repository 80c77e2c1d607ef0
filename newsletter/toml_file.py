"""A TOML file, read strictly: what is wrong with it is one line with its place, never the reader's own English."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from newsletter.errors import NewsletterError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Place

_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")


def read_toml(path: Path, *, file: str, error: type[NewsletterError]) -> tuple[dict[str, Any], str]:
    """The table and its source; raises `error`, its place in `file` as messages name it."""
    source = _read_text(path, file, error)
    try:
        return tomllib.loads(source), source
    except (tomllib.TOMLDecodeError, RecursionError) as mistake:
        raise error(
            _("this line is not TOML, or says a key or a table twice"),
            where=Place(file=file, line=_line(str(mistake), source)),
            hint=_("write each line as key = value, texts between quotes, each key and each [table] once"),
        ) from None


def _line(words: str, source: str) -> int | None:
    """The 1-based line in the reader's words; the last one when the file ends too early."""
    if "end of document" in words:
        return source.rstrip("\n").count("\n") + 1
    named = re.search(r"line (\d+)", words)
    return int(named[1]) if named else None


def line_of(source: str, keys: Sequence[str]) -> int | None:
    """The 1-based line of a key, or of the nearest table around it, or else in it: the TOML reader keeps none."""
    wanted = tuple(keys)
    table: tuple[str, ...] = ()
    found, depth = None, 0
    inner: int | None = None
    for number, line in enumerate(source.splitlines(), start=1):
        if header := _HEADER.match(line):
            path = table = tuple(part.strip() for part in header[1].split("."))
            inner = inner or (number if path[: len(wanted)] == wanted else None)
        else:
            path = (*table, line.partition("=")[0].strip())
        if len(path) > depth and path == wanted[: len(path)]:
            found, depth = number, len(path)
    return found or inner


def _read_text(path: Path, file: str, error: type[NewsletterError]) -> str:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise error(_("this is no ordinary file"), where=file)
        content = path.read_bytes()
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as refusal:
        raise error(_("cannot be read: {reason}", reason=system_reason(refusal)), where=file) from None
    except UnicodeDecodeError as refusal:
        raise error(
            _("the file is not UTF-8: byte {byte}", byte=f"0x{refusal.object[refusal.start]:02X}"),
            where=Place(file=file, line=content.count(b"\n", 0, refusal.start) + 1),
            hint=_("in your text editor, choose Save as…, encoding UTF-8"),
        ) from None
