"""The command doctor: what is well, what to look at, what to mend."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.composing import Json
from newsletter.cli.console import EXIT_FINDINGS, print_diagnosis, print_json
from newsletter.i18n import _

if TYPE_CHECKING:
    from newsletter.project import Project


def declare(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command(help=_("say what is wrong with settings, DNS, relay, disk; sends nothing"))(doctor)


def doctor(
    context: typer.Context,
    dns: Annotated[
        str, typer.Option(metavar="ADDRESS", help=_("name server to ask, instead of the system's"), show_default=False)
    ] = "",
    online: Annotated[bool, typer.Option("--online", help=_("ask for the public pages too"))] = False,
    json: Json = False,
) -> None:
    project: Project = context.obj.project
    found = []
    for diagnosis in project.diagnoses(dns=dns, online=online):
        found.append(diagnosis)
        if not json:
            print_diagnosis(diagnosis)
    if json:
        print_json([{"code": one.code, "level": one.level, "message": one.message, "hint": one.hint} for one in found])
    if any(one.level == "error" for one in found):
        raise typer.Exit(EXIT_FINDINGS)
