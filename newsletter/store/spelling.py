"""Words as people type them, found in names and addresses whatever the case and the accents."""

import re
import unicodedata

from sqlalchemy import ColumnElement, Connection, func, or_

from newsletter.store.tables import subscribers


def holds(connection: Connection, words: str) -> list[ColumnElement[bool]]:
    """Conditions on `subscribers`: each of the words stands in the name or the address."""
    one = _globbed if connection.dialect.name == "sqlite" else _matched
    return [one(word) for word in unicodedata.normalize("NFC", words).split()]


#: Both names at once: half as much to read through.
_NAME = subscribers.c.first_name.concat(" ").concat(subscribers.c.last_name)


def _globbed(word: str) -> ColumnElement[bool]:
    letters = (_letters(letter) or (f"[{letter}]" if letter in "*?[" else letter) for letter in word)
    in_name = _NAME.op("GLOB", is_comparison=True)(f"*{''.join(letters)}*")
    return or_(func.instr(subscribers.c.email_key, word.lower()) > 0, in_name)


def _matched(word: str) -> ColumnElement[bool]:
    in_name = _NAME.regexp_match("".join(_letters(letter) or re.escape(letter) for letter in word))
    return or_(func.strpos(subscribers.c.email_key, word.lower()) > 0, in_name)


def _letters(letter: str) -> str:
    """The letter in both cases, with any accent or none, as both databases write « one of these »; "" for a sign."""
    if not letter.isalpha():
        return ""
    bare = unicodedata.normalize("NFD", letter)[0].lower()
    return f"[{''.join(dict.fromkeys([bare, bare.upper(), *_ACCENTED.get(bare, ()), letter]))}]"


def _accented() -> dict[str, list[str]]:
    """Letter without accent → those with one, of the languages written in Latin letters."""
    found: dict[str, list[str]] = {}
    for letter in map(chr, range(0xC0, 0x180)):
        found.setdefault(unicodedata.normalize("NFD", letter)[0].lower(), []).append(letter)
    return found


#: Neither database knows by itself that É is an e.
_ACCENTED = _accented()
