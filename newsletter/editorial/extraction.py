"""The sentences of `layout.toml` for the catalogues: what Babel calls when it gathers them (see `babel.cfg`)."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

#: Parameter types whose default readers see.
_PROSE = ("text", "markdown")

_Message = tuple[int, None, str, list[str]]


def extract_sentences(fileobj: BinaryIO, keywords: object, comment_tags: object, options: object) -> Iterator[_Message]:
    """Babel's extraction method: line, no function, sentence, no comment; the rest of what it offers is not needed."""
    yield from _sentences(tomllib.load(fileobj))


def _sentences(table: Mapping[str, Any]) -> Iterator[_Message]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _sentences(value) if key != "fonts" else ()
        elif isinstance(value, str) and (
            key in ("label", "help") or (key == "default" and table.get("type") in _PROSE)
        ):
            yield 1, None, value, []
        elif key == "choices":
            yield from ((1, None, choice, []) for choice in value)
