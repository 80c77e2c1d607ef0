"""What a table of TOML may hold: for each type, what makes a value of what is written there, or says what is wrong."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, get_args, get_origin

from newsletter.i18n import _

#: What makes a value of a type.
Read: TypeAlias = Callable[[Any], Any]

_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Mistake(ValueError):  # noqa: N818 - of whoever wrote the table, not of the program
    """What is wrong with a table: one translated sentence, and the keys that lead to it."""

    def __init__(self, reason: str, *keys: str, known: Iterable[str] | None = None) -> None:
        """`known` are the names that could stand where the last key does: then that key is the mistake."""
        super().__init__(reason)
        self.reason, self.keys, self.known = reason, keys, known

    def under(self, key: str) -> "Mistake":
        """The same, seen from the table around it."""
        return Mistake(self.reason, key, *self.keys, known=self.known)


class Secret:
    """A text that is never printed."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """The text."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(…)" if self._value else "Secret()"


def refuse_beyond(value: Any, limits: Mapping[str, Any]) -> None:
    if "ge" in limits and value < limits["ge"]:
        raise Mistake(_("write {ge} or more", ge=limits["ge"]))
    if "gt" in limits and value <= limits["gt"]:
        raise Mistake(_("write more than {gt}", gt=limits["gt"]))
    if "le" in limits and value > limits["le"]:
        raise Mistake(_("write {le} or less", le=limits["le"]))
    if "longest" in limits and len(value) > limits["longest"]:
        raise Mistake(_("write {longest} characters or less", longest=limits["longest"]))


def reader(kind: Any, *, strict: bool) -> Read:
    """What makes a value of that type, or raises Mistake."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _either(
            *(reader(one, strict=strict) for one in inner if one is not NoneType), optional=NoneType in inner
        )
    if origin is Literal:
        return lambda value: _choice(value, inner)
    if origin in (list, tuple):
        return _series(origin, reader(inner[0], strict=strict), strict=strict)
    if origin is dict:
        return _mapping(reader(inner[1], strict=strict), strict=strict)
    if hasattr(kind, "read"):  # a table within
        return lambda value: value if isinstance(value, kind) else kind.read(value)
    return (_STRICT if strict else _LAX).get(kind, lambda value: value)


def _either(*readers: Read, optional: bool) -> Read:
    """The last type that takes the value; a table is never a text."""

    def read(value: Any) -> Any:
        if optional and value is None:
            return None
        return readers[-1 if isinstance(value, Mapping) else 0](value)

    return read


def _choice(value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        raise Mistake(_("write one of: {expected}", expected=", ".join(map(repr, choices))))
    return value


def _series(kind: Callable[[Iterable[Any]], Any], read: Read, *, strict: bool) -> Read:
    def read_all(value: Any) -> Any:
        value = value if strict else _unfolded(value)
        if not isinstance(value, list | tuple):
            raise Mistake(_("write a list between [ and ]"))
        return kind(_under(str(number), read, one) for number, one in enumerate(value))

    return read_all


def _mapping(read: Read, *, strict: bool) -> Read:
    def read_all(value: Any) -> dict[str, Any]:
        value = value if strict else _unfolded(value)
        if not isinstance(value, Mapping):
            raise Mistake(_("write a table"))
        return {str(key): _under(str(key), read, one) for key, one in value.items()}

    return read_all


def _unfolded(value: Any) -> Any:
    """A list or a table that is written in JSON, as a variable writes it."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _under(key: str, read: Read, value: Any) -> Any:
    try:
        return read(value)
    except Mistake as mistake:
        raise mistake.under(key) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Mistake(_("write a text between quotes"))
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(_("write a whole number"))
    return value


def _loose_whole(value: Any) -> int:
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value) else _whole(value)


def _number(value: Any) -> float:
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise Mistake(_("write a number"))
    return number


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Mistake(_("write true or false"))
    return value


def _loose_flag(value: Any) -> bool:
    return _flag(_WORDS.get(str(value).strip().lower(), value))


def _path(value: Any) -> Path:
    if not isinstance(value, str | Path):
        raise Mistake(_("write a path between quotes"))
    return Path(value)


def _secret(value: Any) -> Secret:
    return value if isinstance(value, Secret) else Secret(_text(value))


_STRICT: Mapping[Any, Read] = {str: _text, int: _whole, float: _number, bool: _flag, Path: _path, Secret: _secret}
_LAX: Mapping[Any, Read] = {**_STRICT, int: _loose_whole, bool: _loose_flag}
