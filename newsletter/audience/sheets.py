"""Reads a table as French Excel writes it: any encoding, any delimiter, line by line, never trusting a quote."""

import codecs
import csv
import hashlib
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO
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


class _Lines(Iterator[tuple[int, str]]):
    """Lines of a file with their numbers, without their ends; those read too far may be put back."""

    def __init__(self, file: TextIO) -> None:
        self._numbered = enumerate(_split(file), start=1)
        self._waiting: deque[tuple[int, str]] = deque()

    def __next__(self) -> tuple[int, str]:
        return self._waiting.popleft() if self._waiting else next(self._numbered)

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        """In the order in which they were read."""
        self._waiting.extendleft(reversed(lines))


def _split(file: TextIO) -> Iterator[str]:
    """Lines, from blocks. One that never ends is cut a little above the limit: it will be refused, not kept."""
    rest = ""
    while block := file.read(_BLOCK):
        *lines, rest = (rest + block).split("\n")
        yield from lines
        rest = rest[: _LONGEST_LINE + 1]
    if rest:
        yield rest


def _records(path: Path, encoding: str) -> Iterator[Record]:
    """Header and rows. What cannot be decoded becomes U+FFFD, and its row is refused."""
    with path.open(encoding=encoding, errors="replace") as file:
        lines = _Lines(file)
        delimiter = _delimiter(lines)
        for number, line in lines:
            if '"' not in line and len(line) <= _LONGEST_CELL and _is_plain(line):
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


def _is_plain(line: str) -> bool:
    """Nearly every line is: then its cells need no look of their own. One with tabulations never is."""
    if not line.isprintable() or "  " in line:
        return False
    return line.isascii() or ("\ufffd" not in line and is_normalized("NFC", line))


def _delimiter(lines: _Lines) -> str:
    """From the first line with words, which is put back unless it only says `sep=`."""
    for number, line in lines:
        if said := _SEPARATOR.fullmatch(line):
            return said[1]
        if line.strip():
            lines.put_back([(number, line)])
            bare = re.sub(r'"[^"]*"', "", line)
            return max(";,\t", key=bare.count)
    return ";"


# --- rows ------------------------------------------------------------------------------------------------------


def _quoted(number: int, line: str, delimiter: str, lines: _Lines) -> Record:
    """A row with quotes, and the lines they span. A quote that nobody closes costs its own line, not the file."""
    further: list[tuple[int, str]] = []
    while True:
        try:
            text = "\n".join([line, *(more for _number, more in further)])
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
