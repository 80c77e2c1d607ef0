"""Words of the command line as values, without the validation library that typer starts for each of them.

A word that is a text, a path, a whole number or one of some choices needs no library, which takes longer to start than
most commands run. Every other type stays typer's own affair. This stands on inner parts of typer, which is therefore
pinned.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param
from typer._param_types import coerce_cli_choice, coerce_cli_path


def use_plain_values(*parameters: Any) -> None:
    """Have these parameters of a command read their words here."""
    for parameter in parameters:
        described = parameter.type_descriptor
        parameter._runtime_param = _Plain(described.parameter_info, described.annotation, described)


@dataclass(frozen=True)
class _Plain(RuntimeParam):
    """What typer asks for the value of a parameter."""

    described: TypeDescriptor

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        kind: Any = self.annotation
        if get_origin(kind) is list and get_args(kind) == (str,):
            return list(map(str, value))
        if kind in (str, bool) and isinstance(value, kind):
            return value
        if kind is int and not self.described.is_ranged:
            return _whole_number(value, param, ctx)
        if kind is Path:
            return coerce_cli_path(Path(value), self.parameter_info, path_type=Path, param=param, ctx=ctx)
        if get_origin(kind) is Literal:
            return _choice(value, get_args(kind), param, ctx)
        return build_runtime_param(self.described)._coerce_value(value, param, ctx)


def _whole_number(word: Any, param: Any, ctx: Any) -> int:
    try:
        return int(word)
    except ValueError:
        raise typer.BadParameter("not a valid integer", ctx=ctx, param=param) from None


def _choice(word: Any, choices: tuple[Any, ...], param: Any, ctx: Any) -> Any:
    try:
        return coerce_cli_choice(word, choices=choices, case_sensitive=True, ctx=ctx)
    except ValueError as error:
        raise typer.BadParameter(str(error), ctx=ctx, param=param) from None
