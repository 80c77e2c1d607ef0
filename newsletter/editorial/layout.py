"""Layout packages: folders with a `layout.toml`, which declares blocks and parameters, and templates to show them.

What several layouts share stands in a kit: a folder beside them with a `kit.toml` of the same words. A layout names it,
and the blocks that it takes from it; what the layout declares or brings itself goes before what the kit has.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

from newsletter.editorial.conversion import convert
from newsletter.editorial.fingerprint import files_digest, files_state
from newsletter.editorial.memory import remembered
from newsletter.errors import LayoutError, UsageError
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean
from newsletter.model import BlockType, Layout, Parameter, ParameterType, Place
from newsletter.toml_file import line_of, read_toml
from newsletter.typed_table import REQUIRED, Mistake, Table, entry

#: Name of the declaration in a layout's folder.
FILE_NAME = "layout.toml"
#: Name of the declaration in a kit's folder.
KIT_NAME = "kit.toml"
#: Pixels, when neither layout nor kit says.
WIDTH = 600

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


class _Strict(Table):
    strict = True


class _Parameter(_Strict):
    type: str = entry(REQUIRED)
    label: str = entry("")
    help: str = entry(REQUIRED)
    default: Any = entry(None)
    required: bool = entry(False)
    choices: tuple[str, ...] = entry(())
    article: str | None = entry(None)


class _Block(_Strict):
    label: str = entry("")
    help: str = entry(REQUIRED)
    article: bool = entry(False)
    columns: int = entry(1, ge=1, le=4)
    together: bool = entry(False)
    audience: Literal["all", "members"] = entry("all")
    parameters: dict[str, _Parameter] = entry({})


class _Declaration(_Strict):
    """`layout.toml`, word for word; `kit.toml` too, but a kit has no kit."""

    label: str = entry("")
    help: str = entry(REQUIRED)
    kit: str | None = entry(None)
    kit_blocks: tuple[str, ...] = entry(())
    width: int | None = entry(None, ge=320, le=800)
    fonts: dict[str, str] = entry({})
    classes: dict[str, str] = entry({})
    colours: dict[str, str | dict[str, str]] = entry({})
    parameters: dict[str, _Parameter] = entry({})
    blocks: dict[str, _Block] = entry({})


def list_layouts(templates: Path) -> list[str]:
    """Names of the layouts in the folder, sorted: those of its folders that have a `layout.toml`; a kit has none."""
    return sorted(path.parent.name for path in templates.glob(f"*/{FILE_NAME}"))


def find_layout(templates: Path, name: str) -> Layout:
    """Read a layout by its name; raises UsageError with the nearest names, LayoutError when it is wrong."""
    if Path(name).name == name != os.pardir and (templates / name / FILE_NAME).is_file():
        return read_layout(templates / name)
    names = list_layouts(templates)
    raise UsageError(
        _("no layout {name} in {folder}", name=name, folder=f"{templates.name}/"),
        hint=did_you_mean(name, names) or _("known layouts: {names}", names=", ".join(names) or "—"),
    )


def read_layout(folder: Path) -> Layout:
    """Read and check a layout's folder; raises LayoutError with file, line and nearest name.

    The words for the editor (`label`, `help`) are given in the current language, where the catalogue knows them.
    """
    return _read(folder, _state(folder)) or _read_now(folder)


@remembered(answers=16)
def _read(folder: Path, state: str) -> Layout | None:
    """The layout in this state of its files; None when somebody wrote them meanwhile."""
    layout = _read_now(folder)
    return layout if _state(folder) == state else None


def _state(folder: Path) -> str:
    """Changes with every file of the layout, and of the kits beside it."""
    return files_state([folder, *_kits(folder)])


def _kits(folder: Path) -> list[Path]:
    with os.scandir(folder.parent) as entries:
        return sorted(Path(entry) for entry in entries if os.access(f"{entry.path}/{KIT_NAME}", os.F_OK))


def _read_now(folder: Path) -> Layout:
    own = _Reading(folder, FILE_NAME)
    kit = own.kit()
    shared, said = kit.share() if kit else _Share(), own.share()
    blocks = {**own.kit_blocks(shared.blocks), **said.blocks}
    folders = [folder, kit.folder] if kit else [folder]
    own.check_files(blocks.values(), folders)
    return Layout(
        name=folder.name,
        label=_label(folder.name, own.declared.label),
        folder=str(folder.resolve()),
        kit=str(kit.folder.resolve()) if kit else None,
        help=own.help,
        blocks=blocks,
        parameters={**shared.parameters, **said.parameters},
        colours={**shared.colours, **said.colours},
        fonts={**shared.fonts, **said.fonts},
        classes={**shared.classes, **said.classes},
        width=said.width or shared.width or WIDTH,
        sha256=files_digest(folders),
    )


@dataclass(frozen=True, kw_only=True)
class _Share:
    """What a layout and its kit both may bring."""

    blocks: Mapping[str, BlockType] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    colours: Mapping[str, str] = field(default_factory=dict)
    fonts: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    width: int | None = None


class _Reading:
    """One reading of one declaration: keeps the source, to say on which line a mistake stands."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.file = f"{folder.parent.name}/{folder.name}/{name}"
        self.table, self.source = read_toml(folder / name, file=self.file, error=LayoutError)
        self.declared = self._declaration()

    @property
    def help(self) -> str:
        return _(self.declared.help) if self.declared.help else ""

    def share(self) -> _Share:
        declared = self.declared
        return _Share(
            blocks={kind: self._block(kind, block) for kind, block in declared.blocks.items()},
            parameters=self._parameters(declared.parameters, "parameters"),
            colours=self._colours(declared.colours),
            fonts=declared.fonts,
            classes=declared.classes,
            width=declared.width,
        )

    def kit(self) -> "_Reading | None":
        """The kit that the layout names, a folder beside it."""
        name = self.declared.kit
        if name is None:
            return None
        kits = [path.name for path in _kits(self.folder)]
        if name not in kits:
            hint = _("the known ones are: {names}", names=", ".join(kits) or "—")
            raise self._wrong(_("no kit {name} beside the layout", name=name), ("kit",), hint=hint)
        return _Reading(self.folder.parent / name, KIT_NAME)

    def kit_blocks(self, known: Mapping[str, BlockType]) -> dict[str, BlockType]:
        """Those that the layout takes, in its order."""
        for kind in self.declared.kit_blocks:
            if kind not in known:
                hint = did_you_mean(kind, known)
                raise self._wrong(_("the kit has no block “{kind}”", kind=kind), ("kit_blocks",), hint=hint)
        return {kind: known[kind] for kind in self.declared.kit_blocks}

    def _declaration(self) -> _Declaration:
        try:
            return _Declaration.read(self.table)
        except Mistake as mistake:
            self._refuse(mistake)

    def _refuse(self, mistake: Mistake) -> NoReturn:
        """One line; with the nearest name for a misspelt key."""
        keys = mistake.keys
        if mistake.known is not None:
            hint = did_you_mean(keys[-1], mistake.known)
            raise self._wrong(_("unknown key {name}", name=".".join(keys)), keys, hint=hint) from None
        raise self._wrong(f"{'.'.join(keys)}: {mistake.reason}", keys) from None

    def _block(self, kind: str, block: _Block) -> BlockType:
        return BlockType(
            kind=kind,
            label=_label(kind, block.label),
            help=_(block.help) if block.help else "",
            parameters=self._parameters(block.parameters, "blocks", kind, "parameters"),
            takes_article=block.article,
            columns=block.columns,
            together=block.together,
            audience=block.audience,
        )

    def _parameters(self, declared: Mapping[str, _Parameter], *keys: str) -> dict[str, Parameter]:
        return {name: self._parameter(name, said, (*keys, name)) for name, said in declared.items()}

    def _parameter(self, name: str, said: _Parameter, keys: tuple[str, ...]) -> Parameter:
        if said.type not in list(ParameterType):
            hint = did_you_mean(said.type, ParameterType) or _("write one of: {names}", names=", ".join(ParameterType))
            raise self._wrong(_("unknown parameter type “{type}”", type=said.type), keys, hint=hint)
        parameter = Parameter(
            name=name,
            type=ParameterType(said.type),
            label=_label(name, said.label),
            help=_(said.help) if said.help else "",
            default=said.default,
            required=said.required,
            choices=said.choices,
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

    def check_files(self, blocks: Iterable[BlockType], folders: Iterable[Path]) -> None:
        """Every block has its two templates, here or in the kit, so that no text part is forgotten."""
        wanted = ["layout.mjml", "layout.txt", "text.css"]
        for block in blocks:
            wanted += [f"blocks/{block.kind}.mjml", f"blocks/{block.kind}.txt"]
            wanted += [f"groups/{block.kind}.mjml"] if block.together else []
        for name in wanted:
            if not any((folder / name).is_file() for folder in folders):
                keys = ("blocks", Path(name).stem) if "/" in name else ()
                raise self._wrong(_("the layout has no {file}", file=name), keys)

    def _wrong(self, message: str, keys: tuple[str, ...], *, hint: str | None = None) -> LayoutError:
        place = Place(file=self.file, line=line_of(self.source, keys), field=".".join(keys) or None)
        return LayoutError(message, where=place, hint=hint)


def _label(name: str, said: str) -> str:
    """What the editor calls it: the declared words in the current language, else the name as a word."""
    return _(said) if said else name.replace("_", " ").capitalize()
