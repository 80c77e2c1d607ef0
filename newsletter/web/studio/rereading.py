"""An earlier proof, or what was approved, beside the present letter: the differences are marked where they stand."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from newsletter.errors import UsageError
from newsletter.i18n import _
from newsletter.model import ProofRecord, RenderedMail
from newsletter.web.studio.changes import Change, changes_in_html, changes_in_words, signed
from newsletter.web.studio.frame import framed
from newsletter.web.studio.issues import block_name, departure_of
from newsletter.web.studio.looks import Light, lit
from newsletter.web.studio.project import Standing
from newsletter.web.studio.proofs import Proof
from newsletter.web.studio.side_by_side import Differences, Side, compare_mails
from newsletter.web.studio.stages import make_road
from newsletter.web.studio.state import Studio, plain

#: Number of a place that differs, from 1; 0 for none.
Place = Annotated[int, Query(ge=0)]


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A mail that somebody read."""

    mail: RenderedMail
    #: Number of the proof; 0 for what was approved.
    number: int
    #: When it was sent, or approved. Aware.
    at: datetime
    #: To whom it was sent; or by whom it was approved.
    people: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class SentProof:
    """A line of the table of proofs."""

    record: ProofRecord
    #: How many changes there are since; None when its mail was not kept.
    changes: int | None
    is_todays: bool
    is_approved: bool


def rereading_routes(studio: Studio) -> APIRouter:
    """`/issues/{name}/proofs/{which}` and its two frames; `which` is a number, or the digest of an approved mail."""
    router = APIRouter(prefix="/issues/{name}/proofs/{which}", default_response_class=HTMLResponse)

    @router.get("")
    def show(name: str, which: str, light: Light = "light", place: Place = 0) -> HTMLResponse:
        proof = studio.proofs.read(plain(name))
        earlier = _earlier(studio, proof, which)
        places = len(_compared(studio, proof, earlier).places)
        return studio.pages.page(
            "reread.html",
            proof=proof,
            earlier=earlier,
            changes=changes_since_mail(studio, proof, earlier.mail, earlier.at),
            same=proof.mail is not None and proof.mail.sha256 == earlier.mail.sha256,
            light=light,
            place=min(place, places),
            places=places,
            block_name=partial(block_name, proof),
            road=make_road(studio.project, proof, left=departure_of(studio, proof.issue)),
            frame_address=lambda side: urlencode(
                {"side": side, "light": light, "place": place, "ruler": secrets.token_hex(8)}
            ),
        )

    @router.get("/mail")
    def show_mail(
        name: str, which: str, side: Side, light: Light = "light", place: Place = 0, ruler: str = ""
    ) -> HTMLResponse:
        proof = studio.proofs.read(plain(name))
        html = _compared(studio, proof, _earlier(studio, proof, which)).show(side, chosen=place)
        return framed(lit(html, light), settings=studio.project.settings, key=studio.key, ruler=ruler)

    return router


def _compared(studio: Studio, proof: Proof, earlier: Earlier) -> Differences:
    """Beside a letter that cannot be rendered, the earlier one is shown as it is."""
    before = studio.project.sample(earlier.mail).html
    return compare_mails(before, proof.preview.html if proof.preview else before)


def changes_since_mail(studio: Studio, proof: Proof, mail: RenderedMail, since: datetime) -> list[Change]:
    """Everything that a reader of that mail would find otherwise now, line by line."""
    return signed(studio, proof, _changes(studio, proof, mail), since)


def _changes(studio: Studio, proof: Proof, mail: RenderedMail) -> list[Change]:
    if not (proof.mail and proof.preview):
        return []
    words = changes_in_words(proof, studio.project.revisions(mail, proof.mail))
    return words + changes_in_html(studio.project.sample(mail), proof.preview, told=words)


def changes_since_approval(studio: Studio, proof: Proof, standing: Standing) -> list[Change]:
    """What lifted the bon à tirer, line by line; nothing while it holds."""
    approval = standing.approval
    if approval is None or standing.holds:
        return []
    kept = studio.project.kept_mail(proof.issue.id, approval.mail)
    if kept:
        found = changes_since_mail(studio, proof, kept, approval.at)
    else:
        found = signed(studio, proof, changes_in_words(proof, standing.revisions), approval.at)
    # What no line tells yet, a sentence tells: readers who came, or a part of which nothing was kept.
    untold = [part for part in standing.changes if part == "audience" or not found]
    return found + [Change(part=part, sentence=standing.changes[part]) for part in untold]


def sent_proofs(studio: Studio, proof: Proof, *, approved: str) -> list[SentProof]:
    """The proofs of the issue, newest first; `approved` is the digest of the mail that has the bon à tirer."""
    return [
        SentProof(
            record=record,
            changes=_number_of_changes(studio, proof, record.sha256),
            is_todays=proof.mail is not None and proof.mail.sha256 == record.sha256,
            is_approved=record.sha256 == approved,
        )
        for record in studio.project.proofs(proof.issue)
    ]


def _number_of_changes(studio: Studio, proof: Proof, sha256: str) -> int | None:
    mail = studio.project.kept_mail(proof.issue.id, sha256)
    return len(_changes(studio, proof, mail)) if mail else None


def _earlier(studio: Studio, proof: Proof, which: str) -> Earlier:
    """Raises UsageError when there is no such proof, or its mail was not kept."""
    sha256, number, at, people = _looked_for(studio, proof, which)
    mail = studio.project.kept_mail(proof.issue.id, sha256)
    if mail is None:
        raise UsageError(_("what was read then was not kept"), hint=_("send a proof: it will be"))
    return Earlier(mail=mail, number=number, at=at.astimezone(studio.project.settings.site.zone), people=people)


def _looked_for(studio: Studio, proof: Proof, which: str) -> tuple[str, int, datetime, Sequence[str]]:
    for record in studio.project.proofs(proof.issue):
        if str(record.number) == which:
            return record.sha256, record.number, record.at, record.to
    for given in studio.project.approvals(proof.issue, proof.mail) if proof.mail else ():
        if given.approval.mail == which:
            return given.approval.mail, 0, given.approval.at, (given.approval.by,)
    raise UsageError(_("there is no proof {number} of this issue", number=which))
