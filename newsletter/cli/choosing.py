"""Whom a command is for: the options that say it, the segments there are, and why others are left out."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.composing import Json
from newsletter.cli.console import print_json, say
from newsletter.i18n import _, format_number, ngettext
from newsletter.model import Account, Readership

if TYPE_CHECKING:
    from newsletter.project import Project
    from newsletter.settings import Settings

OtherList = Annotated[str, typer.Option("--list", metavar="LIST", help=_("another list than the issue's"))]
SegmentName = Annotated[str, typer.Option("--segment", metavar="SEGMENT", help=_("only this segment of the list"))]
Excluded = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="NAME", help=_("but nobody of this list or segment; may be repeated")),
]


def declare(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command(help=_("list the segments and how many people they have"))(segments)


def segments(context: typer.Context, json: Json = False) -> None:
    project: Project = context.obj.project
    known = project.segments().values()
    for each in known:
        project.require_known(each)
    found = [(each, project.segment_size(each), project.segment_in_words(each)) for each in known]
    if json:
        keys = ("segment", "title", "list", "people", "conditions")
        print_json([dict(zip(keys, (each.name, each.title, each.list, *rest), strict=True)) for each, *rest in found])
        return
    for each, people, phrases in found:
        size = ngettext("{n} person", "{n} people", people)
        typer.echo(f"{each.name}  {each.title}  {each.list}  {size}  {', '.join(phrases)}")
    if not found:
        say(_("There is no segment yet: write segments.toml, or make one in the studio."))


def left_out_in_words(account: Account, readers: Readership, settings: "Settings") -> str:
    """« Écartés : 12 hors du segment, 3 désabonnés. »: why others of the list do not get it."""
    from newsletter.delivery.consequences import left_out

    reasons = [f"{format_number(number)} {why}" for why, number in left_out(settings, account, readers)]
    return _("Left out: {reasons}.", reasons=", ".join(reasons)) if reasons else _("Nobody of the list is left out.")
