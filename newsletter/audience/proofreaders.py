"""The saved groups of proofreaders: one small TOML file of the project, written by hand or by the studio."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from newsletter.atomic import write_atomically
from newsletter.audience.addresses import clean_address
from newsletter.errors import ContentError, RefusedError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Place
from newsletter.toml_file import line_of, read_toml

#: Name of the file in a project folder.
FILE_NAME = "proofreaders.toml"

_NAME = re.compile(r"\w[\w .'’-]{0,59}")

Groups = Mapping[str, tuple[str, ...]]


def read_groups(path: Path) -> dict[str, tuple[str, ...]]:
    """Group → addresses, in the file's order; none when there is no file. Raises ContentError with the line."""
    if not path.exists():
        return {}
    table, source = read_toml(path, file=FILE_NAME, error=ContentError)
    return {name: _read_group(name, value, source) for name, value in table.items()}


def write_groups(path: Path, groups: Groups) -> None:
    """Write the file anew, one group a line; raises RefusedError when the disk says no."""
    # A JSON text is a TOML basic string, but for DEL, which no name or address here holds.
    lines = [f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(list(groups[name]))}\n" for name in groups]
    try:
        write_atomically(path, "".join(lines).encode())
    except OSError as error:
        raise RefusedError(
            _("cannot write {path}: {reason}", path=FILE_NAME, reason=system_reason(error)),
        ) from None


def clean_group(name: str, addresses: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """A name and its addresses as they may be kept, each once; raises ContentError."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name):
        raise ContentError(
            _("“{name}” cannot name a group", name=name), hint=_("letters, digits, spaces and hyphens, 60 at most")
        )
    cleaned = tuple(dict.fromkeys(_clean(address) for address in addresses))
    if not cleaned:
        raise ContentError(_("the group {name} has nobody in it", name=name))
    return name, cleaned


def _read_group(name: str, value: Any, source: str) -> tuple[str, ...]:
    place = Place(file=FILE_NAME, line=line_of(source, (name,)) or line_of(source, (f'"{name}"',)), field=name)
    if not isinstance(value, list) or not all(isinstance(address, str) for address in value):
        raise ContentError(
            _("a group is a list of addresses"),
            where=place,
            hint=_('write for example {name} = ["lea@example.org", "nora@example.org"]', name=name),
        )
    try:
        return clean_group(name, value)[1]
    except ContentError as error:
        raise ContentError(error.message, where=place, hint=error.hint) from None


def _clean(address: str) -> str:
    try:
        return clean_address(address)
    except ContentError as error:
        raise ContentError(f"{address}: {error.message}", hint=error.hint) from None
