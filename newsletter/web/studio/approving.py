"""Bon à tirer: proofs go to whoever reads them, and one person answers for what may leave."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.delivery.proofs import ProofSent
from newsletter.errors import NewsletterError, RefusedError, UsageError
from newsletter.i18n import _
from newsletter.model import Level
from newsletter.web.studio.changes import Change
from newsletter.web.studio.choosing import choose_readers
from newsletter.web.studio.issues import block_name, departure_of
from newsletter.web.studio.patience import soon
from newsletter.web.studio.project import GivenApproval, Standing
from newsletter.web.studio.proofs import Proof
from newsletter.web.studio.rereading import changes_since_approval, sent_proofs
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio, plain

_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the page was just told, to be shown again when it could not be done."""

    #: Why it was not done.
    error: NewsletterError | None = None
    by: str = ""
    despite: str = ""
    to: str = ""
    groups: Sequence[str] = ()
    #: What the server answered, when it refused somebody.
    answers: Sequence[ProofSent] = ()
    #: The proof that has just left.
    number: int = 0
    #: For whom: a segment, or "" for the whole list; and what is left out.
    segment: str = ""
    without: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What nobody knows of the approvals of an issue before everybody is read."""

    #: What lifted that of the chosen readers, line by line.
    changes: Sequence[Change]
    #: For how many, and for what, a new one would hold.
    people: int
    sha256: str
    #: How many of all that were given hold.
    holding: int


def approval_routes(studio: Studio) -> APIRouter:
    """`/issues/{name}/approval`, and what is done there."""
    router = APIRouter(prefix="/issues/{name}", default_response_class=HTMLResponse)

    @router.get("/approval")
    def show_approval(
        name: str, proof: int = 0, to: str = "", without: Annotated[list[str] | None, Query()] = None
    ) -> HTMLResponse:
        return _page(studio, plain(name), Said(number=proof, segment=to, without=without or ()))

    @router.post("/approval", response_class=Response)
    def approve(
        name: str,
        seen: Annotated[str, Form()] = "",
        by: Annotated[str, Form()] = "",
        despite: Annotated[str, Form()] = "",
        reread: Annotated[bool, Form()] = False,
        to: Annotated[str, Form()] = "",
        without: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        said = Said(by=" ".join(by.split()), despite=" ".join(despite.split()), segment=to, without=without or ())
        try:
            query = _approve(studio, studio.proofs.read(plain(name)), said, seen=seen, reread=reread)
        except NewsletterError as error:
            return _page(studio, name, replace(said, error=error))
        return _back(name, query)

    @router.post("/proofs", response_class=Response)
    def send_proof(
        name: str,
        to: Annotated[str, Form()] = "",
        group: Annotated[list[str] | None, Form()] = None,
        banner: Annotated[bool, Form()] = False,
    ) -> Response:
        groups = group or []
        try:
            number, answers = _send_proof(studio, plain(name), to, groups, banner=banner)
        except NewsletterError as error:
            return _page(studio, name, Said(error=error, to=to, groups=groups))
        if not all(answer.taken for answer in answers):
            return _page(studio, name, Said(number=number, answers=answers, to=to, groups=groups))
        return _back(name, f"?proof={number}")

    @router.post("/proofreaders", response_class=Response)
    def keep_group(name: str, group: Annotated[str, Form()] = "", addresses: Annotated[str, Form()] = "") -> Response:
        try:
            studio.project.save_proofreaders(group, _addresses(addresses))
        except NewsletterError as error:
            return _page(studio, plain(name), Said(error=error))
        return _back(name)

    return router


def _back(name: str, query: str = "") -> RedirectResponse:
    return RedirectResponse(f"/issues/{plain(name)}/approval{query}", status_code=303)


def _approve(studio: Studio, proof: Proof, said: Said, *, seen: str, reread: bool) -> str:
    """The choice of readers, as the end of an address."""
    chosen = choose_readers(studio, proof.issue, said.segment, said.without)
    if chosen.error:
        raise chosen.error
    if proof.error:
        raise proof.error
    if not said.by:
        raise UsageError(_("The bon à tirer needs a name: who answers for this letter?"))
    if not seen:
        raise RefusedError(_("The readers were still being counted. Read the page as it is now, then approve."))
    if proof.count(Level.ERROR) and not said.despite:
        raise RefusedError(_("Remarks to mend are left. Mend them, or say why the letter may leave all the same."))
    if proof.mail and not reread:
        standing = studio.project.standing(proof.mail, chosen.readers)
        if standing.changes and not standing.is_of_others:
            raise RefusedError(_("Read the changes first, and say that you did."))
    # As it stands on the disk, were it saved a moment ago: `seen` tells whether that is what was read.
    issue = studio.project.issue(proof.issue.id)
    studio.project.approve(issue, by=said.by, despite=said.despite, readers=chosen.readers, seen=seen)
    return chosen.query


def _send_proof(
    studio: Studio, name: str, to: str, groups: Sequence[str], *, banner: bool
) -> tuple[int, Sequence[ProofSent]]:
    addresses = [*_addresses(to), *(one for group in groups for one in studio.project.proofreaders_of(group))]
    if not addresses:
        raise UsageError(_("Say who reads the proof: a group, or an address."))
    return studio.project.proof(studio.project.issue(name), addresses, banner=banner)


def _addresses(typed: str) -> list[str]:
    return [address for address in _BETWEEN.split(typed) if address]


def _page(studio: Studio, name: str, said: Said) -> HTMLResponse:
    proof = studio.proofs.read(name)
    ready = proof.mail if not proof.error else None
    groups, mistake = _groups(studio)
    chosen = choose_readers(studio, proof.issue, said.segment, said.without)
    said = replace(said, error=said.error or chosen.error)
    # A choice that cannot be read is no choice of everybody.
    standing = studio.project.standing(ready, chosen.readers) if ready and not chosen.error else None
    approved = standing.approval.mail if standing and standing.approval else ""
    given = list(studio.project.approvals(proof.issue, ready)) if ready else []
    judged = soon(partial(_judge, studio, proof, standing, given))
    return studio.pages.page(
        "approval.html",
        status=422 if said.error else 200,
        proof=proof,
        standing=standing,
        chosen=chosen,
        readers_words=studio.project.readers_in_words(chosen.readers),
        ready=ready,
        judged=judged,
        comparable=bool(approved and studio.project.kept_mail(proof.issue.id, approved)),
        block_name=partial(block_name, proof),
        proofs=sent_proofs(studio, proof, approved=approved),
        given=given,
        groups=groups,
        mistake=mistake,
        said=said,
        road=make_road(studio.project, proof, left=departure_of(studio, proof.issue), readers=chosen.query),
    )


def _judge(studio: Studio, proof: Proof, standing: Standing | None, given: Sequence[GivenApproval]) -> Judged:
    return Judged(
        changes=changes_since_approval(studio, proof, standing) if standing else (),
        people=standing.people if standing else 0,
        sha256=standing.sha256 if standing else "",
        holding=sum(one.holds for one in given),
    )


def _groups(studio: Studio) -> tuple[Mapping[str, Sequence[str]], NewsletterError | None]:
    """The saved groups; a mistake in their file hides nothing else."""
    try:
        return studio.project.proofreaders(), None
    except NewsletterError as error:
        return {}, error
