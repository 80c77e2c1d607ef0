"""What the studio asks of a project, and no more: tests and other programs may give something else than a `Project`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from newsletter.web.studio.answers import GivenApproval, PlacedBlock, Preview, Proofread, RehearsedMail, Standing
from newsletter.web.studio.desk import StudioDesk
from newsletter.web.studio.figures import StudioFigures
from newsletter.web.studio.readers import StudioReaders

if TYPE_CHECKING:
    from newsletter.delivery.complaints import Complaints
    from newsletter.delivery.proofs import ProofSent
    from newsletter.editorial.compose import Selection
    from newsletter.model import (
        Account,
        Approval,
        Article,
        Composition,
        Counts,
        Delivery,
        DeliveryState,
        Edit,
        Issue,
        Layout,
        Mailing,
        MailingEvent,
        ProofRecord,
        Reach,
        Readership,
        RenderedMail,
    )
    from newsletter.project import Orders, Plan
    from newsletter.settings import Settings

__all__ = ["GivenApproval", "PlacedBlock", "Preview", "Proofread", "RehearsedMail", "Standing", "StudioProject"]


class StudioProject(StudioDesk, StudioFigures, StudioReaders, Protocol):
    """A project folder, opened. Every method may raise NewsletterError, which the page shows."""

    @property
    def folder(self) -> Path: ...
    @property
    def settings(self) -> Settings: ...

    def issues(self) -> Sequence[Issue]:
        """Every issue, by date."""
        ...

    def issue(self, name: str) -> Issue:
        """One issue by id; raises UsageError when there is none."""
        ...

    def composition(self, name: str) -> Composition:
        """An issue with its controls and the articles beside it; its version is remembered as shown."""
        ...

    def edit(self, name: str, edit: Edit, *, version: str) -> str:
        """One act on the file of that version; the new version. Raises ChangedMeanwhile when it has another."""
        ...

    def reach(self, name: str) -> Reach:
        """The version of an issue's file, and what can be undone; it is remembered as shown."""
        ...

    def step(self, name: str, step: int, *, version: str) -> str:
        """Undo (-1) or redo (1) what the studio wrote; the new version. Raises as `edit` does, or RefusedError."""
        ...

    def seen(self, version: str) -> str | None:
        """The text of a version that was shown in this run."""
        ...

    def issue_text(self, name: str) -> str:
        """The text of an issue's file, now."""
        ...

    def duplicate(self, name: str) -> str:
        """Copy an issue; the new id."""
        ...

    def archive(self, name: str, *, archived: bool) -> None:
        """Put an issue away, or bring it back."""
        ...

    def remove(self, name: str) -> str:
        """Take a draft away; its name, for `give_back`. Raises RefusedError once a mailing was made of it."""
        ...

    def give_back(self, name: str) -> None:
        """Bring a removed draft back; raises UsageError when it cannot be."""
        ...

    def keep_upload(self, name: str, content: bytes) -> str:
        """Take a picture into the uploads folder; its address on the site."""
        ...

    def uploads(self) -> Sequence[str]:
        """Addresses of the pictures in the uploads folder, the latest first."""
        ...

    def layouts(self) -> Sequence[Layout]:
        """Every layout, by name."""
        ...

    def today(self) -> date:
        """The present day where the magazine is."""
        ...

    def choose(self, planned: date, *, drafting: bool = False) -> Selection:
        """What an issue planned for that day would take."""
        ...

    def new_issue(self, title: str, selection: Selection, *, planned: date, list_id: str, layout: str) -> Path:
        """Write the next issue's file; its path."""
        ...

    def articles(self) -> Mapping[str, Article]:
        """Every article that can be read, by path; raises ContentError when there is no such folder."""
        ...

    def proofread(self, issue: Issue) -> Proofread:
        """The mail and every remark on it, rendered now."""
        ...

    def edition(self, issue: Issue, variant: str) -> tuple[Preview, Sequence[PlacedBlock]]:
        """The letter for `members`, or to `all`; raises ContentError when it would say to all what is for members."""
        ...

    def seen_by(self, mail: RenderedMail, email: str) -> Preview:
        """A mail as one subscriber would get it; raises UsageError when nobody has that address."""
        ...

    def ignore(self, issue: Issue, code: str, *, reason: str) -> None:
        """Keep in the issue's file why its remarks of this code are ignored; an empty reason takes that back."""
        ...

    def picture_size(self, address: str) -> int | None:
        """Bytes of a picture that a letter shows; None when it is not on this machine."""
        ...

    def approvals(self, issue: Issue, mail: RenderedMail) -> Iterator[GivenApproval]:
        """Every approval of an issue, newest first, each judged once it is asked for, beside the issue's mail now."""
        ...

    def standing(self, mail: RenderedMail, readers: Readership) -> Standing:
        """The bon à tirer of a mail for these readers, what changed since, and what a new one would hold for."""
        ...

    def approve(
        self, issue: Issue, *, by: str, despite: str = "", readers: Readership | None = None, seen: str = ""
    ) -> Approval:
        """Give the bon à tirer to what has the digest `seen`; raises RefusedError when a rule says no."""
        ...

    def proof(
        self, issue: Issue, to: Sequence[str], *, plain: bool = False, banner: bool = False
    ) -> tuple[int, Sequence[ProofSent]]:
        """Send a test; its number and what the server answered for each address."""
        ...

    def proofs(self, issue: Issue) -> Sequence[ProofRecord]:
        """The test sends of an issue, newest first."""
        ...

    def proofreaders(self) -> Mapping[str, Sequence[str]]:
        """The saved groups: name → addresses."""
        ...

    def proofreaders_of(self, name: str) -> Sequence[str]:
        """The addresses of one group; raises UsageError when there is none."""
        ...

    def save_proofreaders(self, name: str, addresses: Sequence[str]) -> None:
        """Keep a group, or forget it when nobody is in it."""
        ...

    def mailings(self) -> Sequence[Mailing]:
        """All mailings, newest first."""
        ...

    def counts(self, mailing: Mailing) -> Counts:
        """How many of its deliveries stand where."""
        ...

    def complaints(self, issue: str, list_id: str) -> Complaints:
        """By which the next mailing of an issue to a list is judged: the worse of this letter and the one before."""
        ...

    def doubt(self) -> str:
        """Why this may be a copy of the project that sends, one sentence; "" when nothing says so."""
        ...

    def settle(self) -> None:
        """From now on letters leave from here, and from nowhere else."""
        ...

    def account(self, issue: Issue, readers: Readership | None = None) -> Account:
        """Who would receive an issue now, and how many are left out, why; by default those of its list."""
        ...

    def plan(
        self,
        issue: Issue,
        *,
        readers: Readership | None = None,
        rehearsal: bool = False,
        start_at: datetime | None = None,
    ) -> Plan:
        """Everything a mailing would do; nothing is written."""
        ...

    def create_mailing(self, plan: Plan, *, orders: Orders = ...) -> Mailing:
        """Freeze what the plan says; nothing is sent. Raises RefusedError when a rule says no."""
        ...

    def schedule(self, plan: Plan, *, orders: Orders) -> Mailing:
        """Write a mailing into the timetable; raises as `create_mailing`, or UsageError for an hour that is past."""
        ...

    def mailing(self, name: str) -> Mailing:
        """One mailing by number; raises UsageError when there is none."""
        ...

    def outcomes(self, mailing: Mailing, *states: DeliveryState, most: int) -> Sequence[Delivery]:
        """The first deliveries that stand in one of these states."""
        ...

    def is_interrupted(self, mailing: Mailing) -> bool:
        """True when it should be running and nobody sends."""
        ...

    def dispatch(self, mailing: Mailing, *, late: bool = False) -> None:
        """Let a process of its own go on with a mailing; returns at once."""
        ...

    def keep_timetable(self) -> None:
        """See to it that some process lets mailings leave at their hour."""
        ...

    def log(self, mailing: Mailing) -> Sequence[MailingEvent]:
        """What happened to it, newest first."""
        ...

    def last_words(self, mailing: Mailing) -> str:
        """Why the process that was to send it ended without sending, or ""."""
        ...

    def pause(self, mailing: Mailing) -> None: ...

    def cancel(self, mailing: Mailing) -> None: ...

    def resolve(self, mailing: Mailing, *, resend: bool, email: str = "") -> int:
        """Decide the uncertain ones, or that of one address; how many."""
        ...

    def rehearsed(self, mailing_id: int) -> Sequence[RehearsedMail]:
        """What arrived in a rehearsal, in order."""
        ...

    def rehearsed_message(self, mailing_id: int, name: str) -> bytes:
        """One received message; raises UsageError when there is none of that name."""
        ...

    def watch_paths(self) -> Sequence[Path]:
        """Folders and files whose change may change what the studio shows."""
        ...
