"""Commands of the mailroom: send, resume, mailings, report, pause, cancel, resolve."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.composing import IssueName, Json
from newsletter.cli.console import EXIT_ERROR, EXIT_UNDELIVERED, counts_in_words, print_json, progress_bar, say
from newsletter.errors import RefusedError, UsageError
from newsletter.i18n import _, format_date, format_number
from newsletter.model import Counts, MailingState

if TYPE_CHECKING:
    from newsletter.project import Plan, Project, Run

MailingName = Annotated[str, typer.Argument(metavar="MAILING", help=_("number of the mailing, or last"))]
Wait = Annotated[bool, typer.Option("--wait", help=_("stay until the deferred ones are settled too"))]


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command(help=_("send an approved issue to everybody on its list"))(send)
    app.command(help=_("go on with a mailing that was stopped"))(resume)
    app.command(help=_("list the mailings"))(mailings)
    app.command(help=_("say what became of everybody"))(report)
    app.command(help=_("stop a running mailing; resume goes on"))(pause)
    app.command(help=_("stop a mailing for good"))(cancel)
    app.command(help=_("decide the uncertain deliveries: resend or keep"))(resolve)


def send(
    context: typer.Context,
    issue: IssueName,
    list_id: Annotated[str, typer.Option("--list", metavar="LIST", help=_("another list than the issue's"))] = "",
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help=_("to a server on this machine that keeps what it receives"))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("answer the confirmation"))] = False,
    unapproved: Annotated[bool, typer.Option("--unapproved", help=_("send without a bon à tirer"))] = False,
    wait: Wait = False,
    json: Json = False,
) -> None:
    project: Project = context.obj.project
    plan = project.plan(project.issue(issue), list_id=list_id or None, rehearsal=rehearsal)
    project.require_sendable(plan, unapproved=unapproved)
    say(plan.sentence)
    if not yes:
        _confirm(plan)
    with progress_bar(_("Mailing")) as progress:
        run = project.send(plan, unapproved=unapproved, progress=progress, wait=wait)
    _conclude(project, run, json=json)


def _confirm(plan: "Plan") -> None:
    """The number typed back: the one thing that cannot be done by habit."""
    if not sys.stdin.isatty():
        raise RefusedError(_("nobody is here to confirm"), hint=_("add --yes if that is what you want"))
    answer = typer.prompt(_("To confirm, type the number of people"), err=True)
    digits = "".join(character for character in answer if character.isdigit())
    if digits != str(plan.people):
        raise RefusedError(
            _("you typed {answer}; there are {people}", answer=answer, people=format_number(plan.people)),
            hint=_("nothing was sent"),
        )


def resume(context: typer.Context, mailing: MailingName = "last", wait: Wait = False, json: Json = False) -> None:
    project: Project = context.obj.project
    with progress_bar(_("Mailing")) as progress:
        run = project.resume(project.mailing(mailing), progress=progress, wait=wait)
    _conclude(project, run, json=json)


def _conclude(project: "Project", run: "Run", *, json: bool) -> None:
    """The report, what to do next, and the exit code."""
    result = project.report(run.mailing)
    if json:
        print_json(result)
    else:
        _print_report(result)
    if run.mailing.note:
        say(run.mailing.note)
    if run.mailing.state is MailingState.PAUSED:
        say(_("To go on: newsletter resume {mailing}", mailing=run.mailing.id))
    if result["counts"]["uncertain"]:
        say(_("Resending the uncertain ones may make a double; keeping them may leave one out: newsletter resolve"))
    if run.signal:
        raise typer.Exit(128 + run.signal)
    if run.refused:
        raise typer.Exit(EXIT_ERROR)
    if result["counts"]["failed"] or result["counts"]["uncertain"]:
        raise typer.Exit(EXIT_UNDELIVERED)


def _print_report(result: dict[str, Any]) -> None:
    counts = Counts(**result["counts"])
    kind = _("rehearsal") if result["rehearsal"] else _("mailing")
    typer.echo(f"{kind} {result['mailing']} · {result['issue']} · {_(result['state'])}")
    handed_over = _(
        "{sent} handed over of {total}.", sent=format_number(counts.sent), total=format_number(counts.total)
    )
    typer.echo(f"{handed_over} {counts_in_words(counts, sent=False)}".rstrip())
    for one in result["named"]:
        answer = " ".join(str(part) for part in (one["code"], one["reply"]) if part)
        typer.echo(f"  {_(one['state'])}  {one['email']}  {answer}".rstrip())


def mailings(context: typer.Context, json: Json = False) -> None:
    project: Project = context.obj.project
    found = project.mailings()
    if json:
        print_json([project.summary(mailing) for mailing in found])
        return
    for mailing in found:
        day = format_date(mailing.created_at.astimezone(project.settings.site.zone).date())
        kind = _("rehearsal") if mailing.rehearsal else mailing.list
        words = counts_in_words(project.counts(mailing))
        typer.echo(f"{mailing.id:>4}  {day}  {mailing.issue}  {kind}  {_(mailing.state.value)}  {words}")
    if not found:
        say(_("The first report comes with the first mailing."))


def report(context: typer.Context, mailing: MailingName = "last", json: Json = False) -> None:
    project: Project = context.obj.project
    found = project.mailing(mailing)
    result = project.report(found)
    if json:
        print_json(result)
    else:
        _print_report(result)
        if found.note:
            say(found.note)


def pause(context: typer.Context, mailing: MailingName = "last") -> None:
    project: Project = context.obj.project
    project.pause(project.mailing(mailing))
    say(_("Paused. To go on: newsletter resume {mailing}", mailing=mailing))


def cancel(context: typer.Context, mailing: MailingName = "last") -> None:
    project: Project = context.obj.project
    found = project.mailing(mailing)
    project.cancel(found)
    left = project.counts(found)
    say(_("Cancelled: {n} people will not get this letter.", n=format_number(left.queued + left.deferred)))


def resolve(
    context: typer.Context,
    mailing: MailingName = "last",
    resend: Annotated[bool, typer.Option("--resend", help=_("send them again: may make a double"))] = False,
    keep: Annotated[bool, typer.Option("--keep", help=_("count them as handed over: may leave one out"))] = False,
) -> None:
    if resend == keep:
        raise UsageError(_("say either --resend or --keep"))
    project: Project = context.obj.project
    found = project.mailing(mailing)
    number = project.resolve(found, resend=resend)
    say(_("{n} decided.", n=format_number(number)))
    if not (number and resend):
        return
    if found.state is MailingState.CANCELLED:
        say(_("To send them: newsletter send {issue}", issue=found.issue))
    else:
        say(_("To send them: newsletter resume {mailing}", mailing=found.id))
