"""Front matter: a Markdown file split into its keys and its body, read strictly, every mistake with its line."""

import hashlib
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from frontmatter.default_handlers import YAMLHandler

from newsletter.editorial.memory import remembered
from newsletter.editorial.strict_yaml import YamlMistake, read_moment, read_yaml
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean, system_reason
from newsletter.model import Place

#: Bytes. A real front matter is under 2 kB; YAML read strictly still costs time by the byte.
MAX_FRONT_MATTER = 64 * 1024
#: Bytes.
MAX_BODY = 1024 * 1024

_WORDS_FOR_BOOLEANS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


class StrictHandler(YAMLHandler):
    """python-frontmatter's YAML handler with fences of exactly three dashes, and our strict reader behind it."""

    # Only blanks after the dashes: the default pattern swallows the lines that follow, and line numbers with them.
    FM_BOUNDARY = re.compile(r"^---[ \t]*$", re.MULTILINE)

    def __init__(self, text_keys: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.text_keys = text_keys

    def load(self, fm: str, **_kwargs: object) -> Any:
        """Values and lines, as `read_yaml` gives them."""
        return read_yaml(fm, text_keys=self.text_keys)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file with front matter, read; its accessors raise ContentError at the field's line."""

    #: Project-relative path, for messages.
    file: str
    #: Hex digest of the file's bytes.
    sha256: str
    front_matter: Mapping[str, Any]
    #: Key (`blocks.0.kind` for nested ones) → 1-based line of the file.
    lines: Mapping[str, int]
    #: Markdown with LF line ends, blank lines around it removed.
    body: str
    #: 1-based line of the file where `body` starts.
    body_line: int

    def mistake(self, key: str, message: str, *, hint: str | None = None) -> ContentError:
        """The error to raise about one key."""
        return ContentError(message, where=Place(file=self.file, line=self.lines.get(key, 1), field=key), hint=hint)

    def text(self, key: str) -> str:
        """The value in one line, "" when absent or empty."""
        value = self.front_matter.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.mistake(key, _("{field} must be a text", field=key), hint=_("write it on one line"))
        return " ".join(value.split())

    def required(self, key: str) -> str:
        """The text; an error when absent or empty."""
        text = self.text(key)
        if not text:
            raise self.missing(key)
        return text

    def missing(self, key: str) -> ContentError:
        """The error to raise about a key that must be there."""
        return self.mistake(
            key, _("{field} is missing", field=key), hint=_("add a line {field}: … between the two ---", field=key)
        )

    def flag(self, key: str, *, default: bool) -> bool:
        """true or false; YAML 1.1's yes, no, on and off are understood too."""
        value = self.front_matter.get(key)
        if value is None:
            return default
        if isinstance(value, str):
            value = _WORDS_FOR_BOOLEANS.get(value.strip().lower())
        if not isinstance(value, bool):
            raise self.mistake(
                key,
                _("{field} must be true or false", field=key),
                hint=_("write {field}: true or {field}: false", field=key),
            )
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of the words, the first when absent; the nearest is the hint."""
        value = self.text(key) or choices[0]
        if value in choices:
            return value
        raise self.mistake(
            key,
            _("{field} cannot be “{value}”", field=key, value=value),
            hint=did_you_mean(value, choices) or _("write one of: {names}", names=", ".join(choices)),
        )

    def moment(self, key: str, zone: ZoneInfo | None) -> datetime | None:
        """An aware moment, a naive one and a plain day taken in `zone`; None when absent.

        Without a zone the offset must be written.
        """
        value = self._moment(key)
        if value is None:
            return None
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - made aware below
        if value.tzinfo is None:
            if zone is None:
                raise self.mistake(
                    key,
                    _("{field} has no offset from UTC", field=key),
                    hint=_("write it as 2023-10-11T18:00:00+02:00"),
                )
            value = value.replace(tzinfo=zone)
        return value

    def day(self, key: str, zone: ZoneInfo | None = None) -> date | None:
        """A day; of a moment, its day in `zone` (as written without one); None when absent."""
        value = self._moment(key)
        if isinstance(value, datetime):
            return (value.astimezone(zone) if value.tzinfo and zone else value).date()
        return value

    def _moment(self, key: str) -> date | datetime | None:
        value = self.front_matter.get(key)
        if isinstance(value, str):
            with suppress(ValueError):
                value = read_moment(value) or value
        if value is None or isinstance(value, date):
            return value
        raise self.mistake(
            key,
            _("{field} is not a date: “{value}”", field=key, value=str(value)[:40]),
            hint=_("write it as 2023-10-11 or 2023-10-11T18:00:00+02:00"),
        )


def read_document(path: Path, *, file: str, text_keys: frozenset[str] = frozenset()) -> Document:
    """Read and split one file; raises ContentError with `file`, line, field and hint.

    UTF-8 with or without a byte order mark, any line ends. The top-level `text_keys` stay text: `title: No`.
    """
    return make_document(read_bytes(path, file), file=file, text_keys=text_keys)


@remembered(answers=256)
def make_document(content: bytes, *, file: str, text_keys: frozenset[str] = frozenset()) -> Document:
    """As `read_document`, of bytes that were read already."""
    source, body, body_line = _split(_decoded(content, file), file)
    try:
        values, lines = _values(source, text_keys)
    except YamlMistake as mistake:
        where = Place(file=file, line=mistake.line, field=mistake.field)
        raise ContentError(mistake.message, where=where, hint=mistake.hint) from None
    return Document(
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        front_matter=values,
        lines=lines,
        body=body,
        body_line=body_line,
    )


@remembered(answers=256)
def _values(source: str, text_keys: frozenset[str]) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of a front matter, and their lines; most edits are to the words below it."""
    values, lines = StrictHandler(text_keys).load(source)
    return values, lines


def read_bytes(path: Path, file: str) -> bytes:
    """The file's bytes; the size is looked at first, and what is no ordinary file (a pipe) is never opened."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise FileNotFoundError
        if state.st_size > MAX_FRONT_MATTER + MAX_BODY:
            raise _too_large(file)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ContentError(_("there is no such file"), where=file) from None
    except OSError as error:
        raise ContentError(_("cannot be read: {reason}", reason=system_reason(error)), where=file) from None


def _too_large(file: str) -> ContentError:
    return ContentError(
        _("the file is larger than {size} kB", size=MAX_BODY // 1024),
        where=file,
        hint=_("an image pasted into the text? Put it in the uploads folder"),
    )


def _decoded(content: bytes, file: str) -> str:
    """Text with LF line ends and no byte order mark."""
    if b"\0" in content and not _looks_utf16(content):
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise ContentError(
            _("a NUL byte stands here: this is no text, or a damaged one"),
            where=Place(file=file, line=line),
            hint=_("open the file in a text editor and type this line again"),
        )
    if _looks_utf16(content):
        raise ContentError(_("the file is UTF-16, not UTF-8"), where=Place(file=file, line=1), hint=_save_as_utf8())
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ContentError(
            _("the file is not UTF-8: byte {byte}", byte=f"0x{content[error.start]:02X}"),
            where=Place(file=file, line=line),
            hint=_save_as_utf8(),
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _looks_utf16(content: bytes) -> bool:
    """A mark, or every other byte of the first letters is NUL."""
    return content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[:40].count(0) * 3 > len(content[:40])


def _save_as_utf8() -> str:
    return _("in your text editor, choose Save as…, encoding UTF-8")


def _split(text: str, file: str) -> tuple[str, str, int]:
    """Front matter, body, and the 1-based line where the body starts.

    The front matter keeps the line end of its fence: a line number in it is one in the file.
    """
    first = Place(file=file, line=1)
    if not StrictHandler.FM_BOUNDARY.match(text):
        hint = _("start the file with a line ---, the keys, and another line ---")
        raise ContentError(_("the front matter is missing"), where=first, hint=hint)
    try:
        source, rest = StrictHandler().split(text)
    except ValueError:
        hint = _("put a line --- after the last key")
        raise ContentError(_("the front matter is never closed"), where=first, hint=hint) from None
    if len(source.encode()) > MAX_FRONT_MATTER:
        message = _("the front matter is larger than {size} kB", size=MAX_FRONT_MATTER // 1024)
        raise ContentError(message, where=first, hint=_("put the text after the second ---"))
    start = _body_start(rest)
    if len(rest.encode()) - start > MAX_BODY:
        raise _too_large(file)
    return source, rest[start:].rstrip(), source.count("\n") + 1 + rest.count("\n", 0, start)


def _body_start(rest: str) -> int:
    """After the blank lines; the first line's own indentation belongs to the body: four blanks make a code block."""
    blank = len(rest) - len(rest.lstrip("\n \t"))
    return rest.rfind("\n", 0, blank) + 1


def shown(path: Path, root: Path) -> str:
    """The path as messages name it: relative to the project with `/`, or whole when it lies elsewhere."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()
