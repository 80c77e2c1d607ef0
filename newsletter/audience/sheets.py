"""Reads a table as French Excel writes it: any encoding, any delimiter, line by line, never trusting a quote."""

import codecs
import csv
import hashlib
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, islice, repeat
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
    """One row: its cells, or why it could not be read."""

    #: 1-based line of the file where it starts.
    line: int
    cells: tuple[str, ...] = ()
    #: One translated sentence; "" when all is well.
    problem: str = ""
    #: Every character is printable, composed (NFC), and no blank follows another: cells need nothing but trimming.
    plain: bool = False


class Block(NamedTuple):
    """Lines that follow one another and are plain, all of them: nearly every line of a file comes in such a block."""

    #: 1-based line of the file where the first stands; the others follow.
    line: int
    lines: list[str]
    delimiter: str

    def record(self, at: int) -> Record:
        """The row on one of its lines, 0-based."""
        return Record(self.line + at, tuple(self.lines[at].split(self.delimiter)), plain=True)

    def records(self) -> Iterator[Record]:
        """All rows, one by one, without blank lines."""
        return (self.record(at) for at, line in enumerate(self.lines) if line.strip())

    def columns(self, width: int) -> list[list[str]] | None:
        """The cells column by column, at a glance; None when a line has more or fewer, or a cell is not as it is meant.

        Not as it is meant: a blank stands at its beginning or end, or it begins with an apostrophe.
        """
        mark = self.delimiter
        if {*map(str.count, self.lines, repeat(mark))} != {width - 1}:
            return None
        text = mark.join(["", *self.lines, ""])
        if f"{mark} " in text or f" {mark}" in text or f"{mark}'" in text:
            return None
        cells = text[1:-1].split(mark)
        return [cells[at::width] for at in range(width)]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table file, its header read and its rows still to come."""

    path: Path
    #: Hex digest of the file's bytes.
    sha256: str
    header: Record
    #: What follows the header, once, streaming.
    parts: Iterator[Block | Record]

    @property
    def records(self) -> Iterator[Record]:
        """The rows of all parts, one by one. Blank lines are left out."""
        for part in self.parts:
            yield from part.records() if isinstance(part, Block) else (part,)


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
    parts = _parts(path, encoding)
    header = next(parts, None)
    if header is None:
        raise ContentError(_("the file is empty"), where=str(path))
    assert isinstance(header, Record)
    if header.problem:
        raise ContentError(header.problem, where=Place(file=str(path), line=header.line))
    return Sheet(path=path, sha256=sha256, header=header, parts=parts)


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
    """Lines of a file, one by one or a block at a time; those read too far may be put back."""

    def __init__(self, file: TextIO) -> None:
        self._blocks = _split(file)
        self._waiting: deque[_Line] = deque()

    def __next__(self) -> _Line:
        while not self._waiting:
            number, lines, plain = next(self._blocks)
            self._waiting.extend(zip(count(number), lines, repeat(plain)))
        return self._waiting.popleft()

    def plain_block(self) -> tuple[int, list[str]] | None:
        """The next lines, all plain, and the number of the first; None when they must be taken one by one."""
        if self._waiting or not (block := next(self._blocks, None)):
            return None
        number, lines, plain = block
        if plain:
            return number, lines
        self._waiting.extend(zip(count(number), lines, repeat(plain)))
        return None

    def put_back(self, lines: list[_Line]) -> None:
        """In the order in which they were read."""
        self._waiting.extendleft(reversed(lines))


def _split(file: TextIO) -> Iterator[tuple[int, list[str], bool]]:
    """Lines in blocks. One that never ends is cut a little above the limit: it will be refused, not kept."""
    rest, number = "", 1
    while block := file.read(_BLOCK):
        *lines, rest = (rest + block).split("\n")
        yield number, lines, _are_plain(lines)
        number += len(lines)
        rest = rest[: _LONGEST_LINE + 1]
    if rest:
        yield number, [rest], _are_plain([rest])


def _parts(path: Path, encoding: str) -> Iterator[Block | Record]:
    """The header alone, then blocks and rows. What cannot be decoded becomes U+FFFD, and its row is refused."""
    with path.open(encoding=encoding, errors="replace") as file:
        lines = _Lines(file)
        delimiter = _delimiter(lines)
        yield from islice(chain.from_iterable(_record(line, delimiter, lines) for line in lines), 1)
        while True:
            if block := lines.plain_block():
                yield Block(*block, delimiter)
            elif line := next(lines, None):
                yield from _record(line, delimiter, lines)
            else:
                return


def _record(at: _Line, delimiter: str, lines: _Lines) -> Iterator[Record]:
    """The row that begins on this line, unless it is blank."""
    number, line, plain = at
    if not line or not line.strip():
        return
    if plain or _are_plain([line]):
        yield Record(number, tuple(line.split(delimiter)), plain=True)
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
