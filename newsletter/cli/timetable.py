"""Commands of the timetable: reschedule, worker; and what send does with an hour."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.composing import Json
from newsletter.cli.console import EXIT_ERROR, print_json, progress_bar, say
from newsletter.cli.mailing import At, In, MailingName, conclude, print_report
from newsletter.errors import UsageError
from newsletter.i18n import _
from newsletter.model import MailingState

if TYPE_CHECKING:
    from newsletter.model import Mailing
    from newsletter.project import Project


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command(help=_("give a mailing that has not started another hour"))(reschedule)
    app.command(help=_("let mailings leave when their hour has come"))(worker)


def read_start(project: "Project", *, at: str, in_: str) -> datetime | None:
    """The hour somebody typed, one way or the other; None when they did not."""
    from newsletter.delivery.moments import read_delay, read_moment

    if at and in_:
        raise UsageError(_("say either --at or --in"))
    if at:
        return read_moment(at, zone=project.settings.site.zone)
    return read_delay(in_, now=project.now()) if in_ else None


def read_limit(project: "Project", not_after: str, *, start_at: datetime | None) -> datetime | None:
    """The last hour somebody typed, or so long after the start; None when they did not."""
    from newsletter.delivery import moments

    if not not_after:
        return None
    start_at = start_at or project.now()
    limit = moments.read_limit(not_after, zone=project.settings.site.zone, start_at=start_at)
    if limit <= start_at:
        raise UsageError(_("--not-after is before the start"))
    return limit


def leave_later(project: "Project", mailing: "Mailing", *, wait: bool, json: bool) -> None:
    """Say when it leaves, and what lets it leave; or stay for that."""
    from newsletter.project.watch import Watch

    _say_when(project, mailing)
    if not wait:
        if not project.deliveries.has_worker():
            say(_("It leaves only while newsletter worker is running: start it, or stay here with --wait."))
        if json:
            print_json(project.report(mailing))
        return
    with progress_bar(_("Mailing")) as progress:
        watch = Watch(project=project, tell=say, progress=progress, only=mailing.id)
        runs = list(watch.runs())
    if runs:
        conclude(project, runs[-1], json=json)
    else:
        raise typer.Exit(128 + watch.stopped_by if watch.stopped_by else EXIT_ERROR)


def _say_when(project: "Project", mailing: "Mailing") -> None:
    from newsletter.delivery.moments import moment_in_words

    assert mailing.start_at
    when = moment_in_words(mailing.start_at, project.settings.site.zone)
    say(_("Mailing {number} leaves on {when}. Until then: newsletter cancel {number}", number=mailing.id, when=when))


def reschedule(
    context: typer.Context, mailing: MailingName = "last", at: At = "", in_: In = "", json: Json = False
) -> None:
    project: Project = context.obj.project
    start_at = read_start(project, at=at, in_=in_)
    if start_at is None:
        raise UsageError(_("say either --at or --in"))
    leave_later(project, project.reschedule(project.mailing(mailing), start_at), wait=False, json=json)


def worker(
    context: typer.Context,
    until_done: Annotated[bool, typer.Option("--until-done", help=_("end once no mailing waits any more"))] = False,
) -> None:
    from newsletter.project.watch import Watch

    project: Project = context.obj.project
    with project.deliveries.sole_worker(), progress_bar(_("Mailing")) as progress:
        watch = Watch(project=project, tell=say, progress=progress, until_done=until_done)
        say(_("The timetable is kept from here. Ctrl-C ends it; a mailing under way can then be resumed."))
        for mailing in reversed(project.mailings()):
            _say_what_waits(project, mailing)
        for run in watch.runs():
            print_report(project, run.mailing, project.report(run.mailing))
    if watch.stopped_by:
        raise typer.Exit(128 + watch.stopped_by)


def _say_what_waits(project: "Project", mailing: "Mailing") -> None:
    """What this worker will do, and what it leaves to a person: a mailing that was interrupted asks."""
    if project.is_interrupted(mailing):
        say(_("Mailing {number} was interrupted. To go on: newsletter resume {number}", number=mailing.id))
    elif mailing.state is MailingState.SCHEDULED and mailing.start_at:
        _say_when(project, mailing)
