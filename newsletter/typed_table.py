"""Tables of TOML as frozen dataclasses: every key known, every value of its type, every mistake with its keys.

A dataclass declares what a table may say; nothing else does. It is what settings and layouts need of a validation
library, which takes longer to start than a letter of ten articles takes to build.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, field, fields
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Self, TypeAlias, get_args, get_origin

from newsletter.i18n import _

_Read: TypeAlias = Callable[[Any], Any]

#: Stands for a value that the table must say.
REQUIRED: Any = type("Required", (), {"__repr__": lambda _self: "REQUIRED"})()

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


def entry(default: Any, description: str = "", **limits: Any) -> Any:
    """A key of a table: its default, or REQUIRED, one sentence for the documentation, and what limits it.

    `name`: what the file calls it · `check`: takes the value, gives the one to keep or raises ValueError ·
    `ge gt le`: of numbers · `longest`: in characters.
    """
    metadata = {"description": description, **limits}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


class Table:
    """What a dataclass (frozen, its fields by keyword) inherits to be read from a table."""

    #: True: a text for a number, or for a yes or no, is none.
    strict: ClassVar[bool] = False

    @classmethod
    def read(cls, table: object) -> Self:
        """The table, its keys as the file says them; raises Mistake."""
        if not isinstance(table, Mapping):
            raise Mistake(_("write a table"))
        names = {key: found.name for key, found in cls.declared().items()}
        for key in table:
            if key not in names:
                raise Mistake(_("this key is unknown"), key, known=list(names))
        return cls(**{names[key]: value for key, value in table.items()})

    @classmethod
    def declared(cls) -> Mapping[str, Field[Any]]:
        """What the file may say."""
        return {key: found for key, (found, _read) in cls._keys().items()}

    @classmethod
    def _keys(cls) -> "dict[str, tuple[Field[Any], _Read]]":
        return _readers(cls)  # type: ignore[arg-type]  # a class is hashable

    def __post_init__(self) -> None:
        """Every value as its type says; raises Mistake."""
        for key, (found, read) in self._keys().items():
            try:
                object.__setattr__(self, found.name, self._value(getattr(self, found.name), found, read))
            except Mistake as mistake:
                raise mistake.under(key) from None
            except ValueError as error:
                raise Mistake(str(error), key) from None
        try:
            self.check()
        except ValueError as error:
            raise error if isinstance(error, Mistake) else Mistake(str(error)) from None

    def check(self) -> None:
        """Raise ValueError when the keys do not go together."""

    def check_text(self, text: str) -> None:
        """Raise ValueError for a text that no key may say."""

    def _value(self, value: Any, found: Field[Any], read: _Read) -> Any:
        if value is REQUIRED:
            raise Mistake(_("this key is missing"))
        if isinstance(value, str):
            self.check_text(value)
        value = read(value)
        if value is None:
            return None
        _refuse_beyond(value, found.metadata)
        return found.metadata["check"](value) if "check" in found.metadata else value


@cache
def _readers(table: Any) -> dict[str, tuple[Field[Any], _Read]]:
    """Key in the file → the field, and what reads its value."""
    return {
        found.metadata.get("name", found.name): (found, _reader(found.type, strict=table.strict))
        for found in fields(table)
    }


def _refuse_beyond(value: Any, limits: Mapping[str, Any]) -> None:
    if "ge" in limits and value < limits["ge"]:
        raise Mistake(_("write {ge} or more", ge=limits["ge"]))
    if "gt" in limits and value <= limits["gt"]:
        raise Mistake(_("write more than {gt}", gt=limits["gt"]))
    if "le" in limits and value > limits["le"]:
        raise Mistake(_("write {le} or less", le=limits["le"]))
    if "longest" in limits and len(value) > limits["longest"]:
        raise Mistake(_("write {longest} characters or less", longest=limits["longest"]))


def _reader(kind: Any, *, strict: bool) -> _Read:
    """What makes a value of that type, or raises Mistake."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _either(
            *(_reader(one, strict=strict) for one in inner if one is not NoneType), optional=NoneType in inner
        )
    if origin is Literal:
        return lambda value: _choice(value, inner)
    if origin in (list, tuple):
        return _series(origin, _reader(inner[0], strict=strict))
    if origin is dict:
        return _mapping(_reader(inner[1], strict=strict))
    if isinstance(kind, type) and issubclass(kind, Table):
        return lambda value: value if isinstance(value, kind) else kind.read(value)
    return (_STRICT if strict else _LAX).get(kind, lambda value: value)


def _either(*readers: _Read, optional: bool) -> _Read:
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


def _series(kind: Callable[[Iterable[Any]], Any], read: _Read) -> _Read:
    def read_all(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise Mistake(_("write a list between [ and ]"))
        return kind(_under(str(number), read, one) for number, one in enumerate(value))

    return read_all


def _mapping(read: _Read) -> _Read:
    def read_all(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Mistake(_("write a table"))
        return {str(key): _under(str(key), read, one) for key, one in value.items()}

    return read_all


def _under(key: str, read: _Read, value: Any) -> Any:
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


_STRICT: Mapping[Any, _Read] = {str: _text, int: _whole, float: _number, bool: _flag, Path: _path, Secret: _secret}
_LAX: Mapping[Any, _Read] = {**_STRICT, int: _loose_whole, bool: _loose_flag}
