"""Reads a table as French Excel writes it: any encoding, any delimiter, line by line, never trusting a quote."""

import codecs
import csv
import hashlib
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path
from typing import NamedTuple, TextIO, TypeAlias
from unicodedata import is_normalized

from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Place

#: Characters of a line, and of a cell, above which something is wrong with the file.
_LONGEST_LINE, _LONGEST_CELL = 100_000, 1_000
#: Characters read at a time.
_BLOCK = 1 << 16
#: Lines that one quoted cell may span.
_LONGEST_SPAN = 50

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


class Record(NamedTuple):
    """One row: its cells, or why it could not be read. A tuple, since a file has a million of them."""

    #: 1-based line of the file where it starts.
    line: int
    cells: tuple[str, ...] = ()
    #: One translated sentence; "" when all is well.
    problem: str = ""
    #: Every character is printable, composed (NFC), and no blank follows another: cells need nothing but trimming.
    plain: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table file, its header read and its rows still to come."""

    path: Path
    #: Hex digest of the file's bytes.
    sha256: str
    header: Record
    #: Rows after the header, once, streaming. Blank lines are left out.
    records: Iterator[Record]


def read_sheet(path: Path) -> Sheet:
    """Open a CSV file; raises ContentError when it is not one, or is empty.

    UTF-8 and UTF-16 with or without their mark, else cp1252 (never latin-1: Œ, ’ and € differ). The delimiter is the
    one its header uses among `;`, `,` and the tabulation, or the one an Excel `sep=` line names.
    """
    if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would be waited for without end
        raise ContentError(_("this is no ordinary file"), where=str(path))
    try:
        encoding, sha256 = _examined(path)
    except OSError as error:
        raise ContentError(
            _("the file cannot be read: {reason}", reason=system_reason(error)), where=str(path)
        ) from None
    records = _records(path, encoding)
    header = next(records, None)
    if header is None:
        raise ContentError(_("the file is empty"), where=str(path))
    if header.problem:
        raise ContentError(header.problem, where=Place(file=str(path), line=header.line))
    return Sheet(path=path, sha256=sha256, header=header, records=records)


# --- encoding --------------------------------------------------------------------------------------------------


def _examined(path: Path) -> tuple[str, str]:
    """Encoding and digest: one pass over the bytes, before a single word is believed."""
    digest, utf8, decoder = hashlib.sha256(), True, codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        while block := file.read(1 << 20):
            digest.update(block)
            utf8 = utf8 and _decodes(decoder, block)
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    return _encoding(head, path, utf8=utf8), digest.hexdigest()


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(head: bytes, path: Path, *, utf8: bool) -> str:
    if head.startswith(_WORKBOOKS):
        raise ContentError(
            _("this is a workbook, not a CSV file"),
            where=str(path),
            hint=_("open it in your spreadsheet, then File, Save as, CSV UTF-8"),
        )
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    # No CSV begins with a zero: an ASCII letter beside one is half of a UTF-16 character.
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return "utf-16-be"
    return "utf-8" if utf8 else "cp1252"


# --- lines -----------------------------------------------------------------------------------------------------


#: Number, 1-based, and text without its end; whether it `_are_plain`, known of most before they are looked at.
_Line: TypeAlias = tuple[int, str, bool]


class _Lines(Iterator[_Line]):
    """Lines of a file; those read too far may be put back."""

    def __init__(self, file: TextIO) -> None:
        self._lines = _split(file)
        self._waiting: deque[_Line] = deque()

    def __next__(self) -> _Line:
        return self._waiting.popleft() if self._waiting else next(self._lines)

    def put_back(self, lines: list[_Line]) -> None:
        """In the order in which they were read."""
        self._waiting.extendleft(reversed(lines))


def _split(file: TextIO) -> Iterator[_Line]:
    """Lines, from blocks. One that never ends is cut a little above the limit: it will be refused, not kept."""
    rest, number = "", 1
    while block := file.read(_BLOCK):
        *lines, rest = (rest + block).split("\n")
        yield from zip(count(number), lines, repeat(_are_plain(lines)))
        number += len(lines)
        rest = rest[: _LONGEST_LINE + 1]
    if rest:
        yield number, rest, _are_plain([rest])


def _records(path: Path, encoding: str) -> Iterator[Record]:
    """Header and rows. What cannot be decoded becomes U+FFFD, and its row is refused."""
    with path.open(encoding=encoding, errors="replace") as file:
        lines = _Lines(file)
        delimiter = _delimiter(lines)
        for number, line, plain in lines:
            if plain or _are_plain([line]):
                if line and line != " ":
                    yield Record(number, tuple(line.split(delimiter)), plain=True)
            elif not line.strip():
                continue
            elif len(line) > _LONGEST_LINE:
                yield Record(line=number, problem=_("the line is longer than {n} characters", n=_LONGEST_LINE))
            elif '"' in line:
                yield _checked(_quoted(number, line, delimiter, lines))
            else:
                yield _checked(Record(line=number, cells=tuple(line.split(delimiter))))


def _are_plain(lines: list[str]) -> bool:
    """Nearly all blocks of lines are: then their cells need no look of their own. One with tabulations never is."""
    text = "".join(lines)
    if not text.isprintable() or '"' in text or "  " in text or max(map(len, lines), default=0) > _LONGEST_CELL:
        return False
    return text.isascii() or ("\ufffd" not in text and is_normalized("NFC", text))


def _delimiter(lines: _Lines) -> str:
    """From the first line with words, which is put back unless it only says `sep=`."""
    for number, line, plain in lines:
        if said := _SEPARATOR.fullmatch(line):
            return said[1]
        if line.strip():
            lines.put_back([(number, line, plain)])
            bare = re.sub(r'"[^"]*"', "", line)
            return max(";,\t", key=bare.count)
    return ";"


# --- rows ------------------------------------------------------------------------------------------------------


def _quoted(number: int, line: str, delimiter: str, lines: _Lines) -> Record:
    """A row with quotes, and the lines they span. A quote that nobody closes costs its own line, not the file."""
    further: list[_Line] = []
    while True:
        try:
            text = "\n".join([line, *(more for _number, more, _plain in further)])
            return Record(line=number, cells=tuple(next(csv.reader([text], delimiter=delimiter, strict=True))))
        except csv.Error as error:
            is_open = "unexpected end" in str(error)
        following = next(lines, None) if is_open and len(further) < _LONGEST_SPAN else None
        if following is None:
            lines.put_back(further)
            return Record(line=number, problem=_quote_problem(is_open=is_open))
        further.append(following)


def _quote_problem(*, is_open: bool) -> str:
    if is_open:
        return _("a quotation mark opens on this line and is never closed")
    return _("the quotation marks of this line do not match")


def _checked(record: Record) -> Record:
    """Refuse what no person typed into a cell."""
    text = "".join(record.cells)
    problem = ""
    if len(text) > _LONGEST_CELL and (longest := max(map(len, record.cells))) > _LONGEST_CELL:
        problem = _("a cell holds {n} characters", n=longest)
    elif "\0" in text:
        problem = _("there is a NUL byte in this line")
    elif "\ufffd" in text:
        problem = _("a character of this line cannot be read: save the file as CSV UTF-8")
    return Record(line=record.line, problem=problem) if problem else record
