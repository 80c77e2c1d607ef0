"""The mailroom's verbs: send, resume, report."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.errors import RefusedError
from newsletter.i18n import _, ngettext
from newsletter.model import (
    Approval,
    Counts,
    Delivery,
    DeliveryState,
    Freeze,
    Issue,
    Mailing,
    MailingState,
    Reader,
    RenderedMail,
)
from newsletter.project.proofroom import ProofRoom
from newsletter.settings import FILE_NAME

if TYPE_CHECKING:
    from newsletter.delivery.sender import Prepared


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `send` would do, all of it, before anything is done."""

    issue: Issue
    mail: RenderedMail
    list_id: str
    #: How many would receive it now.
    people: int
    #: What lifted the approval; empty while it holds.
    changes: tuple[str, ...]
    approval: Approval | None
    rehearsal: bool
    #: One translated sentence with every consequence.
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """What `send` and `resume` come back with."""

    #: As it stands when nothing more can leave now.
    mailing: Mailing
    #: Number of the signal that stopped it, or None.
    signal: int | None
    #: True when the server, and nobody here, put an end to it.
    refused: bool


class Mailroom(ProofRoom):
    """From one rendered mail to every reader."""

    def plan(self, issue: Issue, *, list_id: str | None = None, rehearsal: bool = False) -> Plan:
        """Everything `send` would do, in one sentence; nothing is written."""
        from newsletter.delivery.consequences import consequences

        list_id = list_id or issue.list
        mail = self.render(issue, list_id).mail
        people = (
            self.audience.audience_size(list_id).mailable
            if rehearsal
            else self.deliveries.would_receive(issue.id, list_id)
        )
        approval, changes = self.approval(mail, list_id)
        return Plan(
            issue=issue,
            mail=mail,
            list_id=list_id,
            people=people,
            approval=approval,
            changes=changes,
            rehearsal=rehearsal,
            sentence=consequences(
                self.settings, subject=issue.subject, list_id=list_id, people=people, rehearsal=rehearsal
            ),
        )

    def require_sendable(self, plan: Plan, *, unapproved: bool) -> None:
        """Raises RefusedError when a rule of the house says no: nobody to send to, or no approval of these bytes."""
        if not plan.rehearsal:
            self._require_no_other(plan)
        if not plan.people:
            raise RefusedError(
                _("there is nobody to send to on list {name}", name=plan.list_id),
                hint=_("import subscribers first; or everybody has it already: newsletter mailings"),
            )
        if plan.rehearsal:
            return
        if not self.settings.public.url.startswith("https://") and not self.settings.smtp.is_loopback():
            raise RefusedError(
                _("public.url is not https: no mail program would offer to unsubscribe in one click (RFC 8058)"),
                where=FILE_NAME,
            )
        if not unapproved:
            _require_approval(plan)

    def _require_no_other(self, plan: Plan) -> None:
        """An interrupted mailing is resumed, not sent anew: who waits in it would be forgotten there."""
        for mailing in self.deliveries.mailings():
            if mailing.rehearsal or (mailing.issue, mailing.list) != (plan.issue.id, plan.list_id):
                continue
            counts = self.deliveries.counts(mailing.id)
            waiting = counts.queued + counts.sending + (0 if plan.people else counts.deferred)
            if waiting and mailing.state is not MailingState.CANCELLED:
                sentence = ngettext(
                    "mailing {number} of this issue is not over: {n} person waits for it",
                    "mailing {number} of this issue is not over: {n} people wait for it",
                    waiting,
                    number=mailing.id,
                )
                hint = _("newsletter resume {number}; or newsletter cancel {number} to give it up", number=mailing.id)
                raise RefusedError(sentence, hint=hint)

    def send(self, plan: Plan, *, unapproved: bool, progress: Callable[[Counts], None], wait: bool = False) -> Run:
        """Freeze the audience and send, until nothing more can leave now."""
        freeze = Freeze(
            issue=plan.issue.id,
            list=plan.list_id,
            rehearsal=plan.rehearsal,
            identity=self.identity(plan.list_id).to_mapping(),
            approved=plan.approval.sha256 if plan.approval and not plan.changes else "",
        )
        # Of two at once only one freezes, and what was confirmed is what it freezes.
        with self.deliveries.sole_sender():
            self.require_sendable(plan, unapproved=unapproved)
            if not plan.rehearsal and self.deliveries.would_receive(plan.issue.id, plan.list_id) != plan.people:
                raise RefusedError(
                    _("the people have changed since they were counted"), hint=_("nothing was sent; send it again")
                )
            mailing = self.deliveries.create_mailing(freeze, plan.mail, now=self.now())
        return self.resume(mailing, progress=progress, wait=wait)

    def resume(self, mailing: Mailing, *, progress: Callable[[Counts], None], wait: bool = False) -> Run:
        """Go on with a mailing until nothing more can leave now."""
        from newsletter.delivery.dispatch.local import LocalDispatcher
        from newsletter.delivery.sender import options_from
        from newsletter.delivery.transports.smtp import SmtpTransport

        with self._smtp(self.rehearsal_folder(mailing.id) if mailing.rehearsal else None) as smtp:
            dispatcher = LocalDispatcher(
                store=self.deliveries,
                transport_for=lambda _mailing: SmtpTransport(smtp),
                messages_for=self._compile,
                journals=self._journals,
                options=options_from(self.settings.smtp, self.settings.delivery),
                zone=self.settings.site.zone,
                now=self.now,
            )
            stopped = dispatcher.run(mailing.id, progress=progress, wait=wait)
            return Run(mailing=stopped, signal=dispatcher.stopped_by, refused=dispatcher.refused)

    @property
    def _journals(self) -> Path:
        return self.var / "journal"

    def _compile(self, mailing: Mailing) -> Callable[[Reader], "Prepared"]:
        """What makes one reader's message out of a frozen mailing: nothing is rendered again."""
        from newsletter.audience.tokens import make_unsubscribe_token
        from newsletter.delivery.message import Identity
        from newsletter.delivery.personalize import compile_mail
        from newsletter.delivery.sender import Prepared

        secret, base = self.deliveries.secret(), self.settings.public.url
        compiled = compile_mail(
            self.deliveries.load_mail(mailing.id),
            identity=Identity.from_mapping(mailing.identity),
            mailing_key=f"{mailing.issue}/{mailing.id}",
            date=mailing.created_at.astimezone(self.settings.site.zone),
            secret=secret,
            seal=self._seal(),
        )
        web_url = self._web_url(mailing.id)

        def prepare(reader: Reader) -> "Prepared":
            leave = f"{base}/u/{make_unsubscribe_token(secret, reader.subscription)}"
            content = compiled.message(reader, unsubscribe_url=leave, web_url=web_url)
            return Prepared(sender=compiled.envelope_sender(reader), recipient=reader.email, content=content)

        return prepare

    def _web_url(self, mailing_id: int) -> str:
        """Where a sent letter is read in a browser, the same for all its readers."""
        from newsletter.audience.tokens import make_web_token

        return f"{self.settings.public.url}/v/{make_web_token(self.deliveries.secret(), mailing_id)}"

    # --- mailings ----------------------------------------------------------------------------------------------

    def mailings(self) -> Sequence[Mailing]:
        """All mailings, newest first."""
        return self.deliveries.mailings()

    def mailing(self, name: str) -> Mailing:
        """One mailing by number, or `last`; raises UsageError when there is none."""
        return self.deliveries.load_mailing(name)

    def counts(self, mailing: Mailing) -> Counts:
        """How many of its deliveries stand where."""
        return self.deliveries.counts(mailing.id)

    def report(self, mailing: Mailing) -> dict[str, Any]:
        """What became of everybody, as `report --json` prints it: `summary`, and who did not simply get it."""
        states = (DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.DEFERRED, DeliveryState.SKIPPED)
        named = map(_named, self.deliveries.deliveries(mailing.id, *states))
        return {**self.summary(mailing), "named": list(named)}

    def summary(self, mailing: Mailing) -> dict[str, Any]:
        """How a mailing stands, in numbers, as `mailings --json` prints it."""
        counts = self.counts(mailing)
        return {
            "mailing": mailing.id,
            "issue": mailing.issue,
            "list": mailing.list,
            "rehearsal": mailing.rehearsal,
            "state": mailing.state.value,
            "note": mailing.note,
            "started_at": mailing.started_at.isoformat() if mailing.started_at else None,
            "finished_at": mailing.finished_at.isoformat() if mailing.finished_at else None,
            "counts": asdict(counts),
            "total": counts.total,
        }

    def pause(self, mailing: Mailing) -> None:
        """Ask a running mailing to stop; it does within a second."""
        self._move(mailing, MailingState.PAUSED)

    def cancel(self, mailing: Mailing) -> None:
        """Stop a mailing for good; returns once it has stopped: those not yet written to stay unwritten."""
        from newsletter.delivery.dispatch.local import await_rest

        self._move(mailing, MailingState.CANCELLED)
        await_rest(self.deliveries, self._journals, mailing.id, now=self.now())

    def _move(self, mailing: Mailing, state: MailingState) -> None:
        from newsletter.delivery.mailing import require

        require(mailing, state)
        self.deliveries.set_state(mailing.id, state, now=self.now())

    def resolve(self, mailing: Mailing, *, resend: bool) -> int:
        """Decide the uncertain ones; returns how many."""
        return self.deliveries.resolve(mailing.id, resend=resend, now=self.now())

    def web_version(self, token: str) -> str | None:
        """The letter a mailing sent, with no reader's data in it; None when the token is not ours."""
        from newsletter.audience.tokens import read_web_token
        from newsletter.delivery.enclosures import opened
        from newsletter.delivery.personalize import fill

        mailing_id = read_web_token(self.deliveries.secret(), token)
        if mailing_id is None or mailing_id not in {mailing.id for mailing in self.mailings()}:
            return None
        nobody = Reader(delivery=0, subscriber=0, subscription=0, email="")
        leave = f"{self.settings.public.url}/u/"
        mail = self.deliveries.load_mail(mailing_id)
        html = fill(mail, nobody, unsubscribe_url=leave, web_url=self._web_url(mailing_id))[1]
        return opened(html, mail.pictures)


def _require_approval(plan: Plan) -> None:
    which = plan.issue.id if plan.list_id == plan.issue.list else f"{plan.issue.id} --list {plan.list_id}"
    hint = _("newsletter approve {issue} --by NAME; or --unapproved to do without", issue=which)
    if plan.approval is None:
        raise RefusedError(_("the bon à tirer is missing: nothing leaves before it"), hint=hint)
    if plan.changes:
        changes = _("; ").join(plan.changes)
        sentence = _(
            "the issue has changed since {name}'s bon à tirer: {changes}", name=plan.approval.by, changes=changes
        )
        raise RefusedError(sentence, hint=hint)


def _named(delivery: Delivery) -> dict[str, Any]:
    """One delivery that did not simply arrive, as a report names it."""
    return {
        "email": delivery.email,
        "state": delivery.state.value,
        "code": delivery.reply.code if delivery.reply else None,
        "reply": delivery.reply.text if delivery.reply else "",
        "due_at": delivery.due_at.isoformat() if delivery.due_at else None,
    }
