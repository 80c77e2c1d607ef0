"""Commands of the mailroom: send, resume, mailings, report, pause, cancel, resolve."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli.choosing import Excluded, OtherList, SegmentName, left_out_in_words
from newsletter.cli.composing import IssueName, Json
from newsletter.cli.console import EXIT_ERROR, EXIT_UNDELIVERED, counts_in_words, print_json, progress_bar, say
from newsletter.errors import RefusedError, UsageError
from newsletter.i18n import N_, _, format_date, format_number
from newsletter.model import MailingState

if TYPE_CHECKING:
    from newsletter.model import Mailing
    from newsletter.project import Plan, Project, Run

MailingName = Annotated[str, typer.Argument(metavar="MAILING", help=_("number of the mailing, or last"))]
Wait = Annotated[bool, typer.Option("--wait", help=_("stay until the deferred ones are settled too"))]
At = Annotated[str, typer.Option("--at", metavar="WHEN", help=_("at this hour: 2026-12-01 08:00"))]
In = Annotated[str, typer.Option("--in", metavar="DURATION", help=_("in so long: 5m, 2h"))]
ThisMachine = Annotated[
    bool, typer.Option("--this-machine", help=_("though the database may be a copy: send from here from now on"))
]
DespiteComplaints = Annotated[
    bool, typer.Option("--despite-complaints", help=_("though readers took the letter before for spam"))
]


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command(help=_("send an approved issue to everybody on its list"))(send)
    app.command(help=_("go on with a mailing that was stopped"))(resume)
    app.command(help=_("list the mailings"))(mailings)
    app.command(help=_("say what became of everybody"))(report)
    app.command(help=_("stop a running mailing; resume goes on"))(pause)
    app.command(help=_("stop a mailing for good"))(cancel)
    app.command(help=_("decide the uncertain deliveries: resend or keep"))(resolve)


def send(  # noqa: PLR0913 - an option each
    context: typer.Context,
    issue: IssueName,
    list_id: OtherList = "",
    segment: SegmentName = "",
    exclude: Excluded = None,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help=_("to a server on this machine that keeps what it receives"))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=_("answer the confirmation"))] = False,
    unapproved: Annotated[bool, typer.Option("--unapproved", help=_("send without a bon à tirer"))] = False,
    at: At = "",
    in_: In = "",
    not_after: Annotated[
        str, typer.Option(metavar="WHEN", help=_("neither start nor resume by itself after that hour, or so long"))
    ] = "",
    this_machine: ThisMachine = False,
    despite_complaints: DespiteComplaints = False,
    wait: Wait = False,
    json: Json = False,
) -> None:
    from newsletter.cli.timetable import leave_later, read_limit, read_start
    from newsletter.project import Orders

    project: Project = context.obj.project
    start_at = read_start(project, at=at, in_=in_)
    limit = read_limit(project, not_after, start_at=start_at)
    given = Orders(unapproved=unapproved, this_machine=this_machine, despite_complaints=despite_complaints)
    orders = replace(given, wait=wait, not_after=limit)
    chosen = project.issue(issue)
    readers = project.readership(chosen, list_id=list_id, segment=segment, without=exclude or ())
    plan = project.plan(chosen, readers=readers, rehearsal=rehearsal, start_at=start_at)
    project.require_sendable(plan, orders=orders)
    say(plan.sentence)
    if plan.complaints.alarm:
        say(" ".join([_("The letter before:"), plan.complaints.sentence, plan.complaints.advice]))
    if not readers.is_whole:
        say(left_out_in_words(project.account(chosen, readers, rehearsal=rehearsal), readers, project.settings))
    if not yes:
        _confirm(plan)
    if start_at:
        leave_later(project, project.schedule(plan, orders=orders), wait=wait, json=json)
        return
    with progress_bar(_("Mailing")) as progress:
        run = project.send(plan, orders=orders, progress=progress)
    conclude(project, run, json=json)


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


def resume(
    context: typer.Context,
    mailing: MailingName = "last",
    late: Annotated[bool, typer.Option("--late", help=_("though it comes too late"))] = False,
    unapproved: Annotated[bool, typer.Option("--unapproved", help=_("start it without a bon à tirer"))] = False,
    this_machine: ThisMachine = False,
    despite_complaints: DespiteComplaints = False,
    wait: Wait = False,
    json: Json = False,
) -> None:
    from newsletter.project import Orders

    project: Project = context.obj.project
    given = Orders(late=late, unapproved=unapproved, this_machine=this_machine, despite_complaints=despite_complaints)
    orders = replace(given, wait=wait)
    with progress_bar(_("Mailing")) as progress:
        run = project.resume(project.mailing(mailing), orders=orders, progress=progress)
    conclude(project, run, json=json)


def conclude(project: "Project", run: "Run", *, json: bool) -> None:
    """The report, what to do next, and the exit code."""
    result = project.report(run.mailing)
    if json:
        print_json(result)
    else:
        print_report(project, run.mailing, result)
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


def print_report(project: "Project", mailing: "Mailing", result: dict[str, Any]) -> None:
    """How a mailing stands and who did not simply get it, on stdout."""
    from newsletter.delivery.complaints import complaints_of
    from newsletter.model import Counts

    counts = Counts(**result["counts"])
    kind = _("rehearsal") if result["rehearsal"] else _("mailing")
    state = N_("interrupted") if result["interrupted"] else result["state"]
    typer.echo(f"{kind} {result['mailing']} · {result['issue']} · {_(state)}")
    if result["start_at"] and not result["started_at"]:
        return
    if mailing.account:
        typer.echo(result["readers"])
        typer.echo(left_out_in_words(mailing.account, mailing.readership, project.settings))
    handed_over = _(
        "{sent} handed over of {total}.", sent=format_number(counts.sent), total=format_number(counts.total)
    )
    typer.echo(f"{handed_over} {counts_in_words(counts, sent=False)}".rstrip())
    complaints = complaints_of(mailing, counts)
    if complaints.number:
        typer.echo(f"{complaints.sentence} {complaints.advice}".rstrip())
    for one in result["named"]:
        answer = " ".join(str(part) for part in (one["code"], one["reply"]) if part)
        email = one["email"] or _("an address that is forgotten")
        typer.echo(f"  {_(one['state'])}  {email}  {answer}".rstrip())


def mailings(context: typer.Context, json: Json = False) -> None:
    project: Project = context.obj.project
    found = project.mailings()
    if json:
        print_json([project.summary(mailing) for mailing in found])
        return
    for mailing in found:
        day = format_date(mailing.created_at.astimezone(project.settings.site.zone).date())
        kind = _("rehearsal") if mailing.rehearsal else mailing.readership.of.name or mailing.list
        words = counts_in_words(project.counts(mailing))
        typer.echo(f"{mailing.id:>4}  {day}  {mailing.issue}  {kind}  {_standing(project, mailing)}  {words}")
    if not found:
        say(_("The first report comes with the first mailing."))


def _standing(project: "Project", mailing: "Mailing") -> str:
    """The state in words; of one that has not started, when it is to."""
    from newsletter.delivery.moments import moment_in_words

    if project.is_interrupted(mailing):
        return _("interrupted")
    if mailing.start_at and not mailing.is_frozen and mailing.state is MailingState.SCHEDULED:
        return f"{_(mailing.state.value)}  {moment_in_words(mailing.start_at, project.settings.site.zone)}"
    return _(mailing.state.value)


def report(context: typer.Context, mailing: MailingName = "last", json: Json = False) -> None:
    project: Project = context.obj.project
    found = project.mailing(mailing)
    result = project.report(found)
    if json:
        print_json(result)
    else:
        print_report(project, found, result)
        if not found.is_frozen:
            typer.echo(_standing(project, found))
        if found.note:
            say(found.note)
        if result["interrupted"]:
            say(_("To go on: newsletter resume {mailing}", mailing=found.id))


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
    email: Annotated[str, typer.Option("--only", metavar="ADDRESS", help=_("this one alone"))] = "",
) -> None:
    if resend == keep:
        raise UsageError(_("say either --resend or --keep"))
    project: Project = context.obj.project
    found = project.mailing(mailing)
    number = project.resolve(found, resend=resend, email=email)
    say(_("{n} decided.", n=format_number(number)))
    if not (number and resend):
        return
    if found.state is MailingState.CANCELLED:
        say(_("To send them: newsletter send {issue}", issue=found.issue))
    else:
        say(_("To send them: newsletter resume {mailing}", mailing=found.id))
