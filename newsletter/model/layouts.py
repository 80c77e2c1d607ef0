"""What a layout package declares: its blocks and their parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ParameterType(StrEnum):
    """What a parameter holds; the studio shows the control that fits."""

    #: One line of text.
    TEXT = "text"
    #: Markdown, any number of paragraphs.
    MARKDOWN = "markdown"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    #: Six-digit hexadecimal.
    COLOUR = "colour"
    #: http, https, mailto or tel; relative ones resolve on `site.url`.
    URL = "url"
    #: A picture's path or address.
    IMAGE = "image"
    #: One of `choices`.
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A declared parameter of a block or of the whole layout."""

    name: str
    type: ParameterType
    #: What the editor calls it, in one or two words.
    label: str = ""
    #: One sentence for the editor.
    help: str
    #: None: the parameter may stay empty.
    default: Any = None
    #: True: a block without it is a finding of level error.
    required: bool = False
    choices: tuple[str, ...] = ()
    #: Attribute or front-matter key of the article that gives the value when the issue says nothing.
    article: str | None = None


@dataclass(frozen=True, kw_only=True)
class BlockType:
    """A declared kind of block."""

    kind: str
    #: What the editor calls it, in one or two words.
    label: str = ""
    #: One sentence for the editor.
    help: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    #: True when the block shows an article.
    takes_article: bool = False
    #: How many consecutive blocks of this kind share a row; 1 is a row each.
    columns: int = 1
    #: True: consecutive blocks of this kind are one row, whatever their number, as the lines of a table.
    together: bool = False
    #: `members`: no other variant ever shows it; `all`: as the block and its article say.
    audience: str = "all"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A layout package, read: `layout.toml` and where its files are."""

    name: str
    #: What the editor calls it, in one or two words.
    label: str = ""
    #: Absolute folder.
    folder: str
    #: Absolute folder of the kit, which has what the layout has not; None: the layout has everything.
    kit: str | None = None
    #: One sentence for the editor.
    help: str
    blocks: Mapping[str, BlockType]
    #: Parameters of the whole issue.
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    #: Colour name → six-digit hexadecimal, dark ones included.
    colours: Mapping[str, str] = field(default_factory=dict)
    #: Font role → CSS font-family.
    fonts: Mapping[str, str] = field(default_factory=dict)
    #: HTML element of an author's text → the CSS class it gets.
    classes: Mapping[str, str] = field(default_factory=dict)
    #: Pixels.
    width: int = 600
    #: Hex digest over every file of the folder and of the kit: a cache key.
    sha256: str = ""
