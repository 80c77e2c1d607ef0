"""Bon à tirer: proofs go to whoever reads them, and one person answers for what may leave."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.delivery.proofs import ProofSent
from newsletter.errors import NewsletterError, RefusedError, UsageError
from newsletter.i18n import _
from newsletter.model import Level, Readership
from newsletter.web.studio.issues import block_name, sent_count
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


def approval_routes(studio: Studio) -> APIRouter:
    """`/issues/{name}/approval`, and what is done there."""
    router = APIRouter(prefix="/issues/{name}", default_response_class=HTMLResponse)

    @router.get("/approval")
    def show_approval(name: str, proof: int = 0) -> HTMLResponse:
        return _page(studio, plain(name), Said(number=proof))

    @router.post("/approval", response_class=Response)
    def approve(
        name: str,
        seen: Annotated[str, Form()],
        by: Annotated[str, Form()] = "",
        despite: Annotated[str, Form()] = "",
        reread: Annotated[bool, Form()] = False,
    ) -> Response:
        by, despite = " ".join(by.split()), " ".join(despite.split())
        try:
            _approve(studio, studio.proofs.read(plain(name)), by=by, despite=despite, seen=seen, reread=reread)
        except NewsletterError as error:
            return _page(studio, name, Said(error=error, by=by, despite=despite))
        return _back(name)

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


def _approve(studio: Studio, proof: Proof, *, by: str, despite: str, seen: str, reread: bool) -> None:
    if proof.error:
        raise proof.error
    if not by:
        raise UsageError(_("The bon à tirer needs a name: who answers for this letter?"))
    if proof.count(Level.ERROR) and not despite:
        raise RefusedError(_("Remarks to mend are left. Mend them, or say why the letter may leave all the same."))
    if proof.mail and not reread and studio.project.standing(proof.mail, Readership.whole(proof.issue.list)).changes:
        raise RefusedError(_("Read the changes first, and say that you did."))
    # As it stands on the disk, were it saved a moment ago: `seen` tells whether that is what was read.
    studio.project.approve(studio.project.issue(proof.issue.id), by=by, despite=despite, seen=seen)


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
    standing = studio.project.standing(ready, Readership.whole(proof.issue.list)) if ready else None
    approved = standing.approval.mail if standing and standing.approval else ""
    return studio.pages.page(
        "approval.html",
        status=422 if said.error else 200,
        proof=proof,
        standing=standing,
        changes=changes_since_approval(studio, proof, standing) if standing else [],
        comparable=bool(approved and studio.project.kept_mail(proof.issue.id, approved)),
        block_name=partial(block_name, proof),
        proofs=sent_proofs(studio, proof, approved=approved),
        groups=groups,
        mistake=mistake,
        said=said,
        road=make_road(studio.project, proof, sent=sent_count(studio, proof.issue)),
    )


def _groups(studio: Studio) -> tuple[Mapping[str, Sequence[str]], NewsletterError | None]:
    """The saved groups; a mistake in their file hides nothing else."""
    try:
        return studio.project.proofreaders(), None
    except NewsletterError as error:
        return {}, error
