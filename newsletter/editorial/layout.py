"""Layout packages: folders with a `layout.toml`, which declares blocks and parameters, and templates to show them."""

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from newsletter.editorial.conversion import convert
from newsletter.errors import LayoutError, UsageError
from newsletter.i18n import _
from newsletter.mistakes import value_reason
from newsletter.model import BlockType, Layout, Parameter, ParameterType, Place
from newsletter.toml_file import read_toml

#: Name of the declaration in a layout's folder.
FILE_NAME = "layout.toml"

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Parameter(_Table):
    type: str
    help: str
    default: Any = None
    required: bool = False
    choices: list[str] = []
    article: str | None = None


class _Block(_Table):
    help: str
    article: bool = False
    columns: int = Field(1, ge=1, le=4)
    parameters: dict[str, _Parameter] = {}


class _Declaration(_Table):
    """`layout.toml`, word for word."""

    help: str
    width: int = Field(600, ge=320, le=800)
    fonts: dict[str, str] = {}
    classes: dict[str, str] = {}
    colours: dict[str, str | dict[str, str]] = {}
    parameters: dict[str, _Parameter] = {}
    blocks: dict[str, _Block] = {}


def list_layouts(templates: Path) -> list[str]:
    """Names of the layouts in the folder, sorted: those of its folders that have a `layout.toml`."""
    return sorted(path.parent.name for path in templates.glob(f"*/{FILE_NAME}"))


def find_layout(templates: Path, name: str) -> Layout:
    """Read a layout by its name; raises UsageError with the nearest names, LayoutError when it is wrong."""
    names = list_layouts(templates)
    if name in names:
        return read_layout(templates / name)
    close = difflib.get_close_matches(name, names, 1)
    raise UsageError(
        _("no layout {name} in {folder}", name=name, folder=f"{templates.name}/"),
        hint=_("did you mean {name}?", name=close[0])
        if close
        else _("known layouts: {names}", names=", ".join(names) or "—"),
    )


def read_layout(folder: Path) -> Layout:
    """Read and check a layout's folder; raises LayoutError with file, line and nearest name.

    The sentences for the editor (`help`) are given in the current language, where the catalogue knows them.
    """
    return _Reading(folder).layout()


class _Reading:
    """One reading of one `layout.toml`: keeps the source, to say on which line a mistake stands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = f"{folder.parent.name}/{folder.name}/{FILE_NAME}"
        self.table, self.source = read_toml(folder / FILE_NAME, file=self.file, error=LayoutError)

    def layout(self) -> Layout:
        declared = self._declaration()
        self._check_files(declared.blocks)
        return Layout(
            name=self.folder.name,
            folder=str(self.folder.resolve()),
            help=_(declared.help) if declared.help else "",
            blocks={kind: self._block(kind, block) for kind, block in declared.blocks.items()},
            parameters=self._parameters(declared.parameters, "parameters"),
            colours=self._colours(declared.colours),
            fonts=declared.fonts,
            classes=declared.classes,
            width=declared.width,
            sha256=_digest(self.folder),
        )

    def _declaration(self) -> _Declaration:
        try:
            return _Declaration.model_validate(self.table)
        except ValidationError as error:
            self._refuse(error)

    def _refuse(self, error: ValidationError) -> NoReturn:
        """Pydantic's first mistake as one line; a misspelt key before what it leaves missing."""
        mistakes = error.errors(include_url=False, include_input=False)
        first = next((mistake for mistake in mistakes if mistake["type"] == "extra_forbidden"), mistakes[0])
        keys = tuple(str(key) for key in first["loc"])
        if first["type"] == "extra_forbidden":
            close = difflib.get_close_matches(keys[-1], _known_keys(keys), 1)
            hint = _("did you mean {name}?", name=close[0]) if close else None
            raise self._wrong(_("unknown key {name}", name=".".join(keys)), keys, hint=hint) from None
        raise self._wrong(f"{'.'.join(keys)}: {value_reason(first)}", keys) from None

    def _block(self, kind: str, block: _Block) -> BlockType:
        return BlockType(
            kind=kind,
            help=_(block.help) if block.help else "",
            parameters=self._parameters(block.parameters, "blocks", kind, "parameters"),
            takes_article=block.article,
            columns=block.columns,
        )

    def _parameters(self, declared: Mapping[str, _Parameter], *keys: str) -> dict[str, Parameter]:
        return {name: self._parameter(name, said, (*keys, name)) for name, said in declared.items()}

    def _parameter(self, name: str, said: _Parameter, keys: tuple[str, ...]) -> Parameter:
        if said.type not in list(ParameterType):
            close = difflib.get_close_matches(said.type, list(ParameterType), 1) or [", ".join(ParameterType)]
            hint = _("did you mean {name}?", name=close[0])
            raise self._wrong(_("unknown parameter type “{type}”", type=said.type), keys, hint=hint)
        parameter = Parameter(
            name=name,
            type=ParameterType(said.type),
            help=_(said.help) if said.help else "",
            default=said.default,
            required=said.required,
            choices=tuple(said.choices),
            article=said.article,
        )
        self._check_default(parameter, keys)
        return parameter

    def _check_default(self, parameter: Parameter, keys: tuple[str, ...]) -> None:
        if (parameter.type is ParameterType.CHOICE) != bool(parameter.choices):
            raise self._wrong(_("a parameter of type choice, and only that, has choices"), keys)
        try:
            convert(parameter.default, parameter)
        except ValueError as error:
            raise self._wrong(_("the default of {name}: {reason}", name=parameter.name, reason=error), keys) from None

    def _colours(self, declared: Mapping[str, str | Mapping[str, str]]) -> dict[str, str]:
        """Flattened: `[colours.dark] ink` is `dark_ink`. Six digits, because Outlook misreads three."""
        colours: dict[str, str] = {}
        for name, said in declared.items():
            group = {name: said} if isinstance(said, str) else {f"{name}_{key}": value for key, value in said.items()}
            colours |= group
            for key, value in group.items():
                if not _COLOUR.fullmatch(value):
                    keys = ("colours", name) if key == name else ("colours", name, key.removeprefix(f"{name}_"))
                    raise self._wrong(_("“{value}” is not a colour such as #1f2a27", value=value), keys)
        return colours

    def _check_files(self, kinds: Iterable[str]) -> None:
        """Every block has its two templates, so that no text part is forgotten."""
        wanted = ["layout.mjml", "layout.txt", "text.css"]
        wanted += [f"blocks/{kind}{suffix}" for kind in kinds for suffix in (".mjml", ".txt")]
        for name in wanted:
            if not (self.folder / name).is_file():
                keys = ("blocks", Path(name).stem) if "/" in name else ()
                raise self._wrong(_("the layout has no {file}", file=name), keys)

    def _wrong(self, message: str, keys: tuple[str, ...], *, hint: str | None = None) -> LayoutError:
        place = Place(file=self.file, line=_line(self.source, keys), field=".".join(keys) or None)
        return LayoutError(message, where=place, hint=hint)


def _known_keys(keys: tuple[str, ...]) -> list[str]:
    """The names that could stand where the last key does."""
    depth = {"parameters": 3, "blocks": 3}
    if keys[0] not in depth or len(keys) < depth[keys[0]]:
        return list(_Declaration.model_fields)
    is_parameter = keys[0] == "parameters" or "parameters" in keys[2:-1]
    return list((_Parameter if is_parameter else _Block).model_fields)


def _line(source: str, keys: tuple[str, ...]) -> int | None:
    """The 1-based line of a key, or of the nearest table around it: the TOML reader keeps none."""
    table: tuple[str, ...] = ()
    found, depth = None, 0
    for number, line in enumerate(source.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = tuple(part.strip() for part in header[1].split("."))
            path = table
        else:
            path = (*table, line.partition("=")[0].strip())
        if len(path) > depth and path == keys[: len(path)]:
            found, depth = number, len(path)
    return found


def _digest(folder: Path) -> str:
    """Hex digest over the names and bytes of every file: what changes the mail changes it."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        whole.update(b"%s:%d:" % (path.relative_to(folder).as_posix().encode(), len(content)) + content)
    return whole.hexdigest()
