"""The road of an issue: four stages, always in view, each with its state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.errors import NewsletterError
from newsletter.i18n import _, ngettext
from newsletter.model import Issue, Level, Readership
from newsletter.web.studio.project import StudioProject
from newsletter.web.studio.proofs import Proof


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One of the four."""

    #: `contents`, `proof`, `approval` or `mailing`: a page says which one it is.
    key: str
    name: str
    #: `done`, `look`, `lifted` or `ahead`.
    state: str
    #: The state in words.
    words: str = ""
    #: Page of the stage; None while the studio has none for it.
    path: str | None = None
    #: Errors that stand in the way.
    to_mend: int = 0


def make_road(project: StudioProject, proof: Proof, *, sent: int | None = None) -> list[Stage]:
    """Sommaire, Épreuve, Bon à tirer, Envoi."""
    contents, _proof, _approval, mailing = road_ahead(proof.issue)
    if sent is not None:
        mailing = replace(mailing, state="done", words=ngettext("{n} delivered", "{n} delivered", sent))
    return [contents, _proof_stage(proof), _approval_stage(project, proof), mailing]


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


def _approval_stage(project: StudioProject, proof: Proof) -> Stage:
    approval, changes = _approval(project, proof)
    path = f"/issues/{proof.issue.id}/approval"
    if approval is None:
        return Stage(key="approval", name=_("Approval"), state="ahead", path=path)
    state = "lifted" if changes else "done"
    words = _("lifted: {change}", change=changes[0]) if changes else _("by {name}", name=approval)
    return Stage(key="approval", name=_("Approval"), state=state, words=words, path=path)


def _approval(project: StudioProject, proof: Proof) -> tuple[str | None, Sequence[str]]:
    """Who approved, and what has changed since; nobody while the issue cannot be rendered."""
    if proof.error or not proof.mail:
        return None, ()
    try:
        approval, changes = project.approval(proof.mail, Readership.whole(proof.issue.list))
    except NewsletterError:
        return None, ()
    return (approval.by if approval else None), changes
