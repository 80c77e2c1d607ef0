"""What one does to an issue, one act at a time: what the composing page sends, what the issue's file takes."""

from dataclasses import dataclass
from typing import Literal

#: Keys of an issue's front matter that a person changes one by one.
FieldName = Literal["subject", "preheader", "date", "list", "layout"]


@dataclass(frozen=True, kw_only=True)
class SetField:
    """A new value for a key of the front matter: one line of text, the date as `2023-10-11`."""

    name: FieldName
    value: str
    act: Literal["set_field"] = "set_field"


@dataclass(frozen=True, kw_only=True)
class SetBody:
    """The editor's own words, Markdown."""

    value: str
    act: Literal["set_body"] = "set_body"


@dataclass(frozen=True, kw_only=True)
class AddBlock:
    """A block more, at a position; None: where its kind belongs, after the others."""

    #: "": the kind that suits the article.
    kind: str = ""
    #: Path under the articles folder.
    article: str | None = None
    at: int | None = None
    act: Literal["add_block"] = "add_block"


@dataclass(frozen=True, kw_only=True)
class MoveBlock:
    """A block elsewhere: `to` is its position afterwards."""

    block: int
    to: int
    act: Literal["move_block"] = "move_block"


@dataclass(frozen=True, kw_only=True)
class RemoveBlock:
    """A block less."""

    block: int
    act: Literal["remove_block"] = "remove_block"


@dataclass(frozen=True, kw_only=True)
class SetKind:
    """Another kind for a block; what its parameters say stays, if the new kind knows them."""

    block: int
    kind: str
    act: Literal["set_kind"] = "set_kind"


@dataclass(frozen=True, kw_only=True)
class SetParameter:
    """A value for a parameter of a block, or of the whole issue when `block` is None."""

    block: int | None
    name: str
    #: As a form says it: `true`, `2023-10-11`, `#1f2a27`; None: whatever the article, the settings or the layout say.
    value: str | None
    act: Literal["set_parameter"] = "set_parameter"


Edit = SetField | SetBody | AddBlock | MoveBlock | RemoveBlock | SetKind | SetParameter
