"""Tables of TOML as frozen objects: every key known, every value of its type, every mistake with its keys.

A class declares what a table may say; nothing else does. It is what settings and layouts need of a validation library,
which takes longer to start than a letter of ten articles takes to build; so does the code that dataclasses write.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, NoReturn, Self, dataclass_transform

from newsletter.i18n import _
from newsletter.typed_values import Mistake, Read, Secret, reader, refuse_beyond

__all__ = ["REQUIRED", "Entry", "Mistake", "Secret", "Table", "entry"]

#: Stands for a value that the table must say.
REQUIRED: Any = type("Required", (), {"__repr__": lambda _self: "REQUIRED"})()


class Entry(NamedTuple):
    """What a table may say under one key."""

    default: Any
    description: str
    limits: Mapping[str, Any]
    #: What code calls it, and the file.
    name: str = ""
    key: str = ""
    kind: Any = None
    read: Read = lambda value: value


def entry(default: Any, description: str = "", *, name: str = "", **limits: Any) -> Any:
    """A key of a table: its default, or REQUIRED, one sentence for the documentation, and what limits it.

    `name`: what the file calls it · `check`: takes the value, gives the one to keep or raises ValueError ·
    `ge gt le`: of numbers · `longest`: in characters.
    """
    return Entry(default, description, limits, key=name)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Table:
    """What a class inherits to be read from a table: its entries are its attributes, which nobody changes."""

    #: True: a text for a number, for a yes or no, for a list or a table in JSON, is none.
    strict: ClassVar[bool] = False
    _entries: ClassVar[dict[str, Entry]] = {}

    def __init_subclass__(cls) -> None:
        """Note the entries, after those that are inherited."""
        own = (
            vars(cls)[name]._replace(name=name, kind=kind, read=reader(kind, strict=cls.strict))
            for name, kind in cls.__annotations__.items()
            if isinstance(vars(cls).get(name), Entry)
        )
        cls._entries = {**cls._entries, **{found.key or found.name: found for found in own}}

    def __init__(self, **values: Any) -> None:
        """Every value as its type says; raises Mistake."""
        for key, found in self._entries.items():
            try:
                value = values.pop(found.name) if found.name in values else _fresh(found.default)
                vars(self)[found.name] = self._value(value, found)
            except Mistake as mistake:
                raise mistake.under(key) from None
            except ValueError as error:
                raise Mistake(str(error), key) from None
        if values:
            raise TypeError(", ".join(values))
        try:
            self.check()
        except ValueError as error:
            raise error if isinstance(error, Mistake) else Mistake(str(error)) from None

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        """Refuse: a table is frozen."""
        raise AttributeError(name)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        values = vars(self)
        said = (f"{found.name}={values[found.name]!r}" for found in self._entries.values())
        return f"{type(self).__name__}({', '.join(said)})"

    @classmethod
    def read(cls, table: object) -> Self:
        """The table, its keys as the file says them; raises Mistake."""
        if not isinstance(table, Mapping):
            raise Mistake(_("write a table"))
        for key in table:
            if key not in cls._entries:
                raise Mistake(_("this key is unknown"), key, known=list(cls._entries))
        return cls(**{cls._entries[key].name: value for key, value in table.items()})

    @classmethod
    def declared(cls) -> Mapping[str, Entry]:
        """What the file may say, by its key there."""
        return cls._entries

    def changed(self, **values: Any) -> Self:
        """The same, but for these values."""
        return type(self)(**{found.name: getattr(self, found.name) for found in self._entries.values()} | values)

    def check(self) -> None:
        """Raise ValueError when the keys do not go together."""

    def check_text(self, text: str) -> None:
        """Raise ValueError for a text that no key may say."""

    def _value(self, value: Any, found: Entry) -> Any:
        if value is REQUIRED:
            raise Mistake(_("this key is missing"))
        if isinstance(value, str):
            self.check_text(value)
        value = found.read(value)
        if value is None:
            return None
        refuse_beyond(value, found.limits)
        return found.limits["check"](value) if "check" in found.limits else value


def _fresh(default: Any) -> Any:
    """A default that no two tables share if it can change; of a table within, an empty one."""
    return default() if isinstance(default, type) else default.copy() if isinstance(default, dict) else default
