"""Commands of the bon à tirer: proof, approve."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.choosing import Excluded, OtherList, SegmentName
from newsletter.cli.composing import IssueName
from newsletter.cli.console import EXIT_UNDELIVERED, say
from newsletter.errors import UsageError
from newsletter.i18n import _, ngettext

if TYPE_CHECKING:
    from newsletter.project import Project


def declare(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command(help=_("send a test to anybody; its subject is marked"))(proof)
    app.command(name="test", help=_("the same as proof"), hidden=True)(proof)
    app.command(help=_("give the bon à tirer to these exact bytes and people"))(approve)


def proof(
    context: typer.Context,
    issue: IssueName,
    to: Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help=_("who gets it; may be repeated"))] = None,
    group: Annotated[
        list[str] | None, typer.Option(metavar="GROUP", help=_("a group of proofreaders.toml; may be repeated"))
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help=_("leave the subject as it will be"))] = False,
    banner: Annotated[bool, typer.Option("--banner", help=_("say what it is on top of the letter too"))] = False,
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help=_("to the server on this machine only"))] = False,
) -> None:
    project: Project = context.obj.project
    addresses = [*(to or ()), *(address for name in group or () for address in project.proofreaders_of(name))]
    if not addresses:
        raise UsageError(_("a proof for nobody"), hint=_("say who reads it: --to ADDRESS, or --group GROUP"))
    number, sent = project.proof(project.issue(issue), addresses, plain=plain, banner=banner, rehearsal=rehearsal)
    for one in sent:
        answer = (
            _("handed over") if one.taken else _("refused: {code} {text}", code=one.reply.code, text=one.reply.text)
        )
        typer.echo(f"{one.email}: {answer}")
    taken = sum(one.taken for one in sent)
    say(ngettext("Proof {number} sent to {n} person.", "Proof {number} sent to {n} people.", taken, number=number))
    if taken < len(sent):
        raise typer.Exit(EXIT_UNDELIVERED)


def approve(
    context: typer.Context,
    issue: IssueName,
    by: Annotated[str, typer.Option(metavar="NAME", help=_("who approves"))],
    despite: Annotated[
        str, typer.Option(metavar="REASON", help=_("approve although there are errors, and say why"))
    ] = "",
    list_id: OtherList = "",
    segment: SegmentName = "",
    exclude: Excluded = None,
) -> None:
    if not by.strip():
        raise UsageError(_("--by names nobody"), hint=_("say who approves: --by NAME"))
    project: Project = context.obj.project
    chosen = project.issue(issue)
    readers = project.readership(chosen, list_id=list_id, segment=segment, without=exclude or ())
    approval = project.approve(chosen, by=by, despite=despite, readers=readers)
    typer.echo(
        ngettext(
            "Bon à tirer given by {by}, for this exact text and {n} person.",
            "Bon à tirer given by {by}, for this exact text and {n} people.",
            approval.people,
            by=approval.by,
        )
    )
    say(f"sha256 {approval.sha256}")
