"""Commands of the newsroom: articles, new, build, check, layouts, preview."""

from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newsletter.cli.console import EXIT_FINDINGS, print_finding, print_json, say
from newsletter.errors import UsageError
from newsletter.i18n import _, format_date, ngettext
from newsletter.model import Finding, Level

if TYPE_CHECKING:
    from newsletter.editorial.output import Build
    from newsletter.model import Choice, Layout, Parameter
    from newsletter.project import Newsroom, Project

IssueName = Annotated[str, typer.Argument(metavar="ISSUE", help=_("issue: its file, its id or its number"))]
Day = Annotated[str, typer.Option(metavar="YYYY-MM-DD", help=_("day the issue is planned for (today)"))]
Since = Annotated[
    str,
    typer.Option(
        metavar="YYYY-MM-DD", help=_("take what was published from that day on (since the last issue's cut-off)")
    ),
]
Again = Annotated[
    list[str] | None, typer.Option(metavar="PATH", help=_("take this article even if an issue already has it"))
]
Json = Annotated[bool, typer.Option("--json", help=_("print JSON"))]


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command(help=_("say what the next issue would take, and why each article is taken or left"))(articles)
    app.command(help=_("write the next issue's file and print its path"))(new)
    app.command(help=_("write message.html, message.txt, message.eml and manifest.json"))(build)
    app.command(help=_("list the remarks on an issue"))(check)
    app.command(help=_("list the layouts, and the blocks that an issue may hold with each"))(layouts)
    app.command(help=_("open the studio in the browser, on this machine only"))(preview)


def articles(
    context: typer.Context,
    since: Since = "",
    date: Day = "",
    again: Again = None,
    json: Json = False,
) -> None:
    newsroom: Newsroom = context.obj.newsroom
    planned = _day(date) or newsroom.today()
    selection = newsroom.choose(planned, since=_moment(since, newsroom), again=again or ())
    if json:
        print_json([_as_json(choice) for choice in selection.choices])
        return
    for choice in selection.choices:
        mark = typer.style("+", fg="green") if choice.taken else typer.style("-", dim=True)
        day = format_date(choice.date.astimezone(newsroom.settings.site.zone).date(), "short") if choice.date else ""
        typer.echo(f"{mark} {day:>10}  {choice.title or choice.place or choice.path}")
        typer.echo(f"              {typer.style(choice.sentence, dim=True)}")
    if not selection.choices:
        folder = newsroom.settings.content.articles
        say(_("no article in {folder}: show newsletter.toml the site's folder", folder=folder))
    say(ngettext("{n} article taken", "{n} articles taken", len(selection.taken)))


def _as_json(choice: "Choice") -> dict[str, object]:
    return {
        "path": choice.path,
        "title": choice.title,
        "date": choice.date,
        "taken": choice.taken,
        "reason": choice.sentence,
        "code": choice.reason.value,
    }


def new(
    context: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help=_("title of the letter: its subject"))],
    list_id: Annotated[str, typer.Option("--list", metavar="LIST", help=_("list it goes to (the last issue's)"))] = "",
    layout: Annotated[str, typer.Option(help=_("layout (the last issue's)"))] = "",
    since: Since = "",
    date: Day = "",
    again: Again = None,
) -> None:
    newsroom: Newsroom = context.obj.newsroom
    planned = _day(date) or newsroom.today()
    selection = newsroom.choose(planned, since=_moment(since, newsroom), again=again or (), drafting=True)
    path = newsroom.new_issue(title, selection, planned=planned, list_id=list_id, layout=layout)
    say(ngettext("{n} article taken", "{n} articles taken", len(selection.taken)))
    typer.echo(path.relative_to(newsroom.folder))


def build(
    context: typer.Context,
    issue: IssueName,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help=_("folder to write (var/build/ISSUE)"))] = None,
    images: Annotated[
        Literal["site", "copy"] | None,
        typer.Option(help=_("show the site's own files, or copies made for the mail (content.images)")),
    ] = None,
) -> None:
    newsroom: Newsroom = context.obj.newsroom
    made = newsroom.build(newsroom.issue(issue), out, images=images or "")
    for name in ("message.html", "message.txt", "message.eml", "manifest.json"):
        typer.echo(made.folder / name)
    _say_copies(newsroom, made, images=images)
    say(f"sha256 {made.manifest['sha256']}")


def _say_copies(newsroom: "Newsroom", made: "Build", *, images: str | None) -> None:
    """Where the copies are, and whether what is sent shows the same ones."""
    content = newsroom.settings.content
    if count := len(made.manifest.get("copies", ())):
        say(
            ngettext(
                "{n} copy of a picture in {folder}, for {address}",
                "{n} copies of pictures in {folder}, for {address}",
                count,
                folder=content.copies,
                address=f"{newsroom.settings.copies_url}/",
            )
        )
    if images and images != content.images:
        say(_('For this build only: to send the same, write images = "{images}" under [content].', images=images))


def check(
    context: typer.Context,
    issue: IssueName,
    json: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help=_("any remark at all fails, not only errors"))] = False,
    online: Annotated[
        bool, typer.Option("--online", help=_("ask every link of the letter whether it answers"))
    ] = False,
) -> None:
    newsroom: Newsroom = context.obj.newsroom
    findings = newsroom.check(newsroom.issue(issue), online=online)
    if json:
        print_json([_finding_as_json(finding) for finding in findings])
    else:
        for finding in findings:
            print_finding(finding)
        say(ngettext("{n} remark", "{n} remarks", len(findings)) if findings else _("Nothing to mend. Have it read."))
    if any(strict or finding.level is Level.ERROR for finding in findings):
        raise typer.Exit(EXIT_FINDINGS)


def _finding_as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "level": finding.level.value,
        "message": finding.message,
        "file": finding.place.file if finding.place else None,
        "line": finding.place.line if finding.place else None,
        "hint": finding.hint,
    }


def layouts(context: typer.Context, json: Json = False) -> None:
    newsroom: Newsroom = context.obj.newsroom
    known = newsroom.layouts()
    if json:
        print_json([_layout_as_json(layout) for layout in known])
        return
    for layout in known:
        typer.echo(f"{typer.style(layout.name, bold=True)}  {layout.help}")
        for kind, block in layout.blocks.items():
            typer.echo(f"  {kind:<10} {typer.style(block.help, dim=True)}")


def _layout_as_json(layout: "Layout") -> dict[str, object]:
    return {
        "name": layout.name,
        "help": layout.help,
        "parameters": _parameters_as_json(layout.parameters),
        "blocks": [
            {
                "kind": kind,
                "help": block.help,
                "article": block.takes_article,
                "audience": block.audience,
                "parameters": _parameters_as_json(block.parameters),
            }
            for kind, block in layout.blocks.items()
        ],
    }


def _parameters_as_json(parameters: "Mapping[str, Parameter]") -> list[dict[str, object]]:
    return [
        {
            "name": parameter.name,
            "type": parameter.type.value,
            "help": parameter.help,
            "required": parameter.required,
            "default": parameter.default,
            "choices": parameter.choices,
        }
        for parameter in parameters.values()
    ]


def preview(
    context: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="[ISSUE]", help=_("issue to open"))] = "",
    port: Annotated[int, typer.Option(help=_("port, or the next free one"))] = 8024,
    no_open: Annotated[bool, typer.Option("--no-open", help=_("print the address, open no browser"))] = False,
) -> None:
    from newsletter.web.studio.door import run_studio

    project: Project = context.obj.project
    opened = project.issue(issue).id if issue else None
    run_studio(project, port=port, open_browser=not no_open, issue=opened, announce=typer.echo)


def _day(value: str) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UsageError(_("“{value}” is not a day: write it as 2023-10-11", value=value)) from None


def _moment(value: str, newsroom: "Newsroom") -> datetime | None:
    """The start of that day, in the site's time zone."""
    day = _day(value)
    return datetime.combine(day, time.min, newsroom.settings.site.zone) if day else None
