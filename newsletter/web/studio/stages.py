"""The road of an issue: four stages, always in view, each with its state."""

from dataclasses import dataclass, replace
from functools import partial

from newsletter.errors import NewsletterError
from newsletter.i18n import _, ngettext
from newsletter.model import Issue, Level, MailingState
from newsletter.web.pages import when
from newsletter.web.studio.choosing import readers_query
from newsletter.web.studio.home import Departure
from newsletter.web.studio.patience import soon
from newsletter.web.studio.project import GivenApproval, StudioProject
from newsletter.web.studio.proofs import Proof


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One of the four."""

    #: `contents`, `proof`, `approval` or `mailing`: a page says which one it is.
    key: str
    name: str
    #: `done`, `look`, `lifted` or `ahead`; `counting` while its readers are counted, `going` once it is to leave.
    state: str
    #: The state in words.
    words: str = ""
    #: Page of the stage; None while the studio has none for it.
    path: str | None = None
    #: Errors that stand in the way.
    to_mend: int = 0


def make_road(
    project: StudioProject, proof: Proof, *, left: Departure | None = None, readers: str | None = None
) -> list[Stage]:
    """Sommaire, Épreuve, Bon à tirer, Envoi.

    The last two are for the `readers` that a page is about, as the end of an address; else for those of the last
    approval.
    """
    contents, _proof, approval, mailing = road_ahead(proof.issue)
    last = _last_approval(project, proof)
    if readers is None:
        readers = readers_query(last.segment, last.without) if last else ""
    if last:
        counting = replace(approval, state="counting", words=_("the readers are being counted"))
        approval = soon(partial(_approval_stage, project, last, approval)) or counting
    if left:
        state = "look" if left.uncertain else "done" if left.is_over else "going"
        mailing = replace(mailing, state=state, words=_of_departure(project, left))
    return [contents, _proof_stage(proof), *(replace(one, path=f"{one.path}{readers}") for one in (approval, mailing))]


def _of_departure(project: StudioProject, left: Departure) -> str:
    if left.is_planned:
        return _("planned for {when}", when=when(left.at.astimezone(project.settings.site.zone)))
    if left.uncertain:
        return ngettext("{n} uncertain", "{n} uncertain", left.uncertain)
    if left.is_over:
        return ngettext("{n} delivered", "{n} delivered", left.sent)
    if left.mailing.state is MailingState.PAUSED or project.is_interrupted(left.mailing):
        return ngettext("at a standstill, {n} delivered", "at a standstill, {n} delivered", left.sent)
    return ngettext("under way, {n} delivered", "under way, {n} delivered", left.sent)


def road_ahead(issue: Issue) -> list[Stage]:
    """The road as far as the issue's file tells: what only a proof or the store knows lies ahead."""
    blocks = len(issue.blocks)
    names = {"contents": _("Contents"), "proof": _("Proof"), "approval": _("Approval"), "mailing": _("Mailing")}
    first, *others = [
        Stage(key=key, name=name, state="ahead", path=f"/issues/{issue.id}/{key}") for key, name in names.items()
    ]
    words = ngettext("{n} block", "{n} blocks", blocks)
    return [replace(first, state="done" if blocks else "ahead", words=words), *others]


def _proof_stage(proof: Proof) -> Stage:
    to_mend = proof.count(Level.ERROR) + (proof.error is not None)
    return Stage(
        key="proof",
        name=_("Proof"),
        state="look" if to_mend else "done",
        words=ngettext("{n} to mend", "{n} to mend", to_mend) if to_mend else _("nothing to mend"),
        path=f"/issues/{proof.issue.id}/proof",
        to_mend=to_mend,
    )


def _last_approval(project: StudioProject, proof: Proof) -> GivenApproval | None:
    """The last one, not yet judged; None while the issue cannot be rendered, or the store is out of reach."""
    if proof.error or not proof.mail:
        return None
    try:
        return next(project.approvals(proof.issue, proof.mail), None)
    except NewsletterError:
        return None


def _approval_stage(project: StudioProject, last: GivenApproval, ahead: Stage) -> Stage:
    try:
        return replace(ahead, state="done" if last.holds else "lifted", words=_in_words(project, last))
    except NewsletterError:
        return ahead


def _in_words(project: StudioProject, last: GivenApproval) -> str:
    """Who gave it, or what lifted it; and for which segment."""
    words = _("lifted: {change}", change=last.changes[0]) if last.changes else _("by {name}", name=last.approval.by)
    if last.segment:
        return _("for the segment “{title}”: {words}", title=_segment_title(project, last.segment), words=words)
    return words


def _segment_title(project: StudioProject, name: str) -> str:
    """Its name, once the file has no such segment or cannot be read."""
    try:
        return project.segments()[name].title
    except (NewsletterError, KeyError):
        return name
