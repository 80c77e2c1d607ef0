"""Commands of the operator: init, serve, db."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.console import say
from newsletter.i18n import _

if TYPE_CHECKING:
    from newsletter.project import Project

database = typer.Typer(help=_("the database"), no_args_is_help=True, rich_markup_mode=None)


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command(help=_("make a project folder with layouts, sample articles and settings"))(init)
    app.command(help=_("serve the public pages: unsubscribe, read online"))(serve)
    database.command(help=_("bring the database to this version of the program"))(upgrade)
    database.callback()(_database)
    app.add_typer(database, name="db")


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help=_("folder to make"))]) -> None:
    from newsletter.project import create_project

    for path in create_project(folder):
        typer.echo(path)
    say(_("Next: newsletter --project {folder} preview", folder=folder))


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(help=_("port on this machine; a reverse proxy goes in front"))] = 8025,
) -> None:
    from newsletter.web.public.app import run_public

    project: Project = context.obj.project
    run_public(project, port=port, announce=typer.echo)


def _database() -> None:
    """Commands on the database."""


def upgrade(context: typer.Context) -> None:
    project: Project = context.obj.project
    project.upgrade_database()
    say(_("The database is up to date."))
