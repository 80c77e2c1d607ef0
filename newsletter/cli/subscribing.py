"""Commands of the subscriptions desk: subscribers, lists, suppressions."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.composing import Json
from newsletter.cli.console import print_json, say
from newsletter.errors import RefusedError
from newsletter.i18n import _, format_number, ngettext
from newsletter.model import SubscriptionStatus

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from newsletter.model import ImportReport
    from newsletter.project import Project

ListName = Annotated[str, typer.Option("--list", metavar="LIST", help=_("list of newsletter.toml"))]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help=_("address of the person"))]
ConsentText = Annotated[str, typer.Option(metavar="TEXT", help=_("what these people agreed to, and when or where"))]

desk = typer.Typer(help=_("import, export, add, show, erase, list"), no_args_is_help=True, rich_markup_mode=None)
suppressed = typer.Typer(help=_("addresses never to mail again"), rich_markup_mode=None, no_args_is_help=True)


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    desk.command(name="import", help=_("take a CSV file into a list, all or nothing"))(import_file)
    desk.command(help=_("write a list as a CSV file for a spreadsheet"))(export)
    desk.command(help=_("subscribe one person"))(add)
    desk.command(help=_("show everything that is kept about one person"))(show)
    desk.command(help=_("remove every trace of a person but a keyed hash"))(erase)
    desk.command(name="list", help=_("list the people"))(list_people)
    suppressed.command(name="list", help=_("list them"))(list_suppressed)
    suppressed.command(name="add", help=_("never write to this address again"))(suppress)
    suppressed.command(name="remove", help=_("take an address off the list"))(unsuppress)
    app.add_typer(desk, name="subscribers")
    app.add_typer(suppressed, name="suppressions")
    app.command(help=_("list the lists and how many people they have"))(lists)


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("CSV file"))],
    list_id: ListName,
    consent: ConsentText = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("say what would happen; write nothing"))] = False,
    json: Json = False,
) -> None:
    project: Project = context.obj.project
    report = project.import_subscribers(file, list_id=list_id, consent=consent, dry_run=dry_run)
    if json:
        told = ("new", "updated", "unchanged", "kept_out", "refused")
        print_json({key: value for key, value in asdict(report).items() if key in told})
    else:
        _print_import(report, file, zone=project.settings.site.zone)


def _print_import(report: "ImportReport", file: Path, *, zone: "ZoneInfo") -> None:
    if report.dry_run:
        say(_("Dry run: nothing is written."))
    typer.echo(
        _(
            "{new} new, {updated} updated, {unchanged} unchanged, {kept_out} kept out, {refused} refused",
            new=format_number(report.new),
            updated=format_number(report.updated),
            unchanged=format_number(report.unchanged),
            kept_out=format_number(report.kept_out),
            refused=format_number(len(report.refused)),
        )
    )
    for refusal in report.refused:
        who = f"{refusal.address}: " if refusal.address else ""
        typer.echo(f"  {file.name}:{refusal.line}: {who}{refusal.reason}")
    for doubt in report.doubts:
        addresses = ngettext("{n} address", "{n} addresses", doubt.number)
        say(_("line {line}, {domain} ({addresses}): {meant}?", addresses=addresses, **asdict(doubt)))
    if report.kept_out:
        say(_("Kept out: they unsubscribed or are suppressed; nobody is re-subscribed by accident."))
    if report.dry_run:
        _print_kept_out(report, file, zone=zone)


def _print_kept_out(report: "ImportReport", file: Path, *, zone: "ZoneInfo") -> None:
    """By name, as the refused ones are."""
    from newsletter.audience.exchange import why_kept_out

    for one in report.kept_out_by_name:
        typer.echo(f"  {file.name}:{one.line}: {one.address}: {why_kept_out(one, zone=zone)}")
    if unnamed := report.kept_out - len(report.kept_out_by_name):
        say(ngettext("and {n} more", "and {n} more", unnamed))


def export(
    context: typer.Context,
    list_id: ListName,
    out: Annotated[Path, typer.Option(metavar="FILE", help=_("file to write"))],
) -> None:
    project: Project = context.obj.project
    number = project.export_subscribers(out, list_id=list_id)
    say(ngettext("{n} person written to {file}", "{n} people written to {file}", number, file=out))


def add(
    context: typer.Context,
    address: Address,
    list_id: ListName,
    consent: ConsentText = "",
    first_name: Annotated[str, typer.Option(help=_("first name"))] = "",
    last_name: Annotated[str, typer.Option(help=_("last name"))] = "",
) -> None:
    project: Project = context.obj.project
    person = project.add_subscriber(
        address, list_id=list_id, consent=consent, first_name=first_name, last_name=last_name
    )
    say(_("{email} is on list {list}", email=person.email, list=list_id))
    if meant := project.meant_domain(person.email):
        say(_("did you mean {name}?", name=meant))


def show(context: typer.Context, address: Address) -> None:
    project: Project = context.obj.project
    print_json(project.person(address))


def erase(
    context: typer.Context,
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help=_("answer the confirmation"))] = False,
) -> None:
    project: Project = context.obj.project
    if not yes:
        say(_("Erase {email}? It cannot be undone.", email=address))
        if typer.prompt(_("To confirm, type the address again"), err=True).strip().lower() != address.lower():
            raise RefusedError(_("that is another address: nothing was erased"))
    project.erase(address)
    say(_("Erased. A keyed hash remains, so that nobody writes to this address again."))


def list_people(
    context: typer.Context,
    list_id: Annotated[str, typer.Option("--list", metavar="LIST", help=_("only this list"))] = "",
    status: Annotated[SubscriptionStatus | None, typer.Option(help=_("only those who stand so"))] = None,
    json: Json = False,
) -> None:
    project: Project = context.obj.project
    people = project.subscribers(list_id or None, status=status)
    if json:
        print_json([{**asdict(person), "status": stands.value if stands else None} for person, stands in people])
        return
    for person, stands in people:
        name = f"{person.first_name} {person.last_name}".strip()
        typer.echo("\t".join((person.email, name, _(stands.value) if stands else "", ", ".join(person.tags))))


def lists(context: typer.Context, json: Json = False) -> None:
    project: Project = context.obj.project
    sizes = project.list_sizes()
    if json:
        print_json([{"list": name, **asdict(size)} for name, size in sizes.items()])
        return
    for name, size in sizes.items():
        title = project.settings.lists[name].title
        people = ngettext("{n} person", "{n} people", size.mailable)
        typer.echo(f"{name}  {title}  {people}")


def list_suppressed(context: typer.Context, json: Json = False) -> None:
    project: Project = context.obj.project
    entries = project.suppressions()
    if json:
        print_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        typer.echo(f"{entry.email or entry.hash[:16]}  {_(entry.reason.value)}  {entry.at:%Y-%m-%d}")


def suppress(context: typer.Context, address: Address) -> None:
    project: Project = context.obj.project
    project.suppress(address)
    say(_("{email} will not be written to", email=address))


def unsuppress(context: typer.Context, address: Address) -> None:
    project: Project = context.obj.project
    done = project.unsuppress(address)
    say(_("{email} is off the list", email=address) if done else _("{email} was not on the list", email=address))
