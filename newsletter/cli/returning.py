"""Commands of what comes back: bounces read."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.composing import Json
from newsletter.cli.console import EXIT_ERROR, print_error, print_json, say
from newsletter.errors import ContentError
from newsletter.i18n import _, ngettext

if TYPE_CHECKING:
    from newsletter.model import ReturnsReport
    from newsletter.project import Project

returned = typer.Typer(help=_("what servers and readers send back"), no_args_is_help=True, rich_markup_mode=None)


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    returned.command(help=_("read boxes of bounces and complaints; nothing in them is changed"))(read)
    returned.callback()(_returned)
    app.add_typer(returned, name="bounces")


def _returned() -> None:
    """Commands on what comes back."""


def read(
    context: typer.Context,
    boxes: Annotated[list[str], typer.Argument(metavar="SOURCE", help=_("message file, mbox or Maildir folder"))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("say what would happen; write nothing"))] = False,
    json: Json = False,
) -> None:
    project: Project = context.obj.project
    report = project.read_bounces([Path(box) for box in boxes], dry_run=dry_run)
    if json:
        print_json(asdict(report))
    else:
        _print(report)
    for line in report.unreadable:
        print_error(ContentError(line))
    if report.unreadable:
        raise typer.Exit(EXIT_ERROR)


def _print(report: "ReturnsReport") -> None:
    if report.dry_run:
        say(_("Dry run: nothing is written."))
    typer.echo(ngettext("{n} message read", "{n} messages read", report.messages))
    for number, sentence in _outcomes(report):
        if number:
            typer.echo(f"  {sentence}")
    for one in report.unclear:
        subject = one.subject or _("without a subject")
        typer.echo(f"    {one.place}: {subject}")


def _outcomes(report: "ReturnsReport") -> list[tuple[int, str]]:
    """How many of each, in words; what a person should look at comes last: its messages are named below."""
    return [
        (
            report.bounced,
            ngettext(
                "{n} address fails for good: suppressed", "{n} addresses fail for good: suppressed", report.bounced
            ),
        ),
        (
            report.complained,
            ngettext("{n} reader complained: suppressed", "{n} readers complained: suppressed", report.complained),
        ),
        (report.noted, ngettext("{n} failure for now: noted", "{n} failures for now: noted", report.noted)),
        (
            report.notice,
            ngettext(
                "{n} letter late, relayed or delivered: nothing to do",
                "{n} letters late, relayed or delivered: nothing to do",
                report.notice,
            ),
        ),
        (report.left, ngettext("{n} request to leave: obeyed", "{n} requests to leave: obeyed", report.left)),
        (report.repeated, ngettext("{n} known already", "{n} known already", report.repeated)),
        (
            report.unknown,
            ngettext(
                "{n} report names no letter of ours: nothing done, for you to read",
                "{n} reports name no letter of ours: nothing done, for you to read",
                report.unknown,
            ),
        ),
        (
            report.other,
            ngettext(
                "{n} is no report: nothing done, for you to read",
                "{n} are no reports: nothing done, for you to read",
                report.other,
            ),
        ),
    ]
