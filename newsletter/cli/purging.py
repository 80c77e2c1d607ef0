"""The command of retention: purge."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.composing import Json
from newsletter.cli.console import print_json, say
from newsletter.i18n import _, ngettext

if TYPE_CHECKING:
    from newsletter.model import Purge
    from newsletter.project import Project


def declare(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command(help=_("let go what is older than [retention] in newsletter.toml keeps"))(purge)


def purge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("say what would go; let nothing go"))] = False,
    json: Json = False,
) -> None:
    project: Project = context.obj.project
    done = project.purge(dry_run=dry_run)
    if json:
        print_json(asdict(done))
        return
    if dry_run:
        say(_("Dry run: nothing goes."))
    gone = [sentence for number, sentence in _sentences(done) if number]
    for sentence in gone or [_("Nothing is older than it may be.")]:
        typer.echo(sentence)
    if done.note:
        say(
            _(
                "The file of the database may still hold what was forgotten ({reason}): purge again later.",
                reason=done.note,
            )
        )


def _sentences(done: "Purge") -> Iterator[tuple[int, str]]:
    """How many of each kind, and what became of them."""
    yield from _of_mailings(done)
    yield (
        done.consents,
        ngettext(
            "{n} proof of consent of an ended subscription: forgotten.",
            "{n} proofs of consent of ended subscriptions: forgotten.",
            done.consents,
        ),
    )
    yield (
        done.people,
        ngettext(
            "{n} person who left every list: erased; a hash keeps the address from coming back.",
            "{n} people who left every list: erased; a hash each keeps the address from coming back.",
            done.people,
        ),
    )
    yield (
        done.remarks,
        ngettext(
            "{n} entry in the log of a mailing: its addresses are taken out.",
            "{n} entries in the logs of mailings: their addresses are taken out.",
            done.remarks,
        ),
    )
    yield (
        done.rehearsals,
        ngettext(
            "{n} rehearsal: its letters are deleted.", "{n} rehearsals: their letters are deleted.", done.rehearsals
        ),
    )
    yield done.logs, ngettext("{n} log: deleted.", "{n} logs: deleted.", done.logs)


def _of_mailings(done: "Purge") -> Iterator[tuple[int, str]]:
    yield (
        done.deliveries,
        ngettext(
            "{n} delivery: its address is forgotten; that the issue was had stays known by number, and every total.",
            "{n} deliveries: their addresses are forgotten; who had the issue stays known by number, and every total.",
            done.deliveries,
        ),
    )
    yield (
        done.proofs,
        ngettext(
            "{n} test send: its addresses are forgotten.",
            "{n} test sends: their addresses are forgotten.",
            done.proofs,
        ),
    )
    yield (
        done.answers,
        ngettext(
            "{n} refusal: the server's words are forgotten; its code stays.",
            "{n} refusals: the servers' words are forgotten; their codes stay.",
            done.answers,
        ),
    )
    yield (
        done.bounces,
        ngettext(
            "{n} failure that came back: forgotten; a suppressed address stays suppressed.",
            "{n} failures that came back: forgotten; suppressed addresses stay suppressed.",
            done.bounces,
        ),
    )
