"""The mailroom's verbs: plan, send, resume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from newsletter.errors import RefusedError
from newsletter.i18n import _, ngettext
from newsletter.model import MailingState, Reader, Readership
from newsletter.project.mailbook import MailBook
from newsletter.settings import FILE_NAME, seconds

if TYPE_CHECKING:
    from newsletter.delivery.complaints import Complaints
    from newsletter.model import Approval, Counts, Issue, Mailing, Prepared, RenderedMail


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `send` would do, all of it, before anything is done."""

    issue: Issue
    mail: RenderedMail
    readers: Readership
    #: How many would receive it now.
    people: int
    #: What lifted the approval; empty while it holds.
    changes: tuple[str, ...]
    approval: Approval | None
    rehearsal: bool
    #: When it is to start. Aware; None is now.
    start_at: datetime | None
    #: By how many readers the letter before was taken for spam; none in a rehearsal.
    complaints: Complaints
    #: One translated sentence with every consequence.
    sentence: str

    @property
    def which(self) -> str:
        """The issue and its readers as `newsletter approve` is told of them."""
        of = self.readers.of
        words = [self.issue.id]
        words += ["--list", of.list] if of.list != self.issue.list and not of.name else []
        words += ["--segment", of.name] if of.name else []
        return " ".join([*words, *(f"--exclude {each.name or each.list}" for each in self.readers.without)])


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What somebody says on purpose, beside what to send."""

    #: Without a bon à tirer.
    unapproved: bool = False
    #: Though it comes too late.
    late: bool = False
    #: Though the database may be a copy: from here, and nowhere else.
    this_machine: bool = False
    #: Though readers took the letter before for spam.
    despite_complaints: bool = False
    #: Stay until the deferred deliveries are settled too.
    wait: bool = False
    #: From then on it neither starts nor resumes by itself. Aware; None is what the settings say.
    not_after: datetime | None = None


NO_ORDERS = Orders()


@dataclass(frozen=True, kw_only=True)
class Run:
    """What `send` and `resume` come back with."""

    #: As it stands when nothing more can leave now.
    mailing: Mailing
    #: Number of the signal that stopped it, or None.
    signal: int | None
    #: True when the server, and nobody here, put an end to it.
    refused: bool


class Mailroom(MailBook):
    """From one rendered mail to every reader."""

    def plan(
        self,
        issue: Issue,
        *,
        readers: Readership | None = None,
        rehearsal: bool = False,
        start_at: datetime | None = None,
    ) -> Plan:
        """Everything `send` would do, in one sentence; nothing is written. By default to the issue's list."""
        from newsletter.delivery.complaints import Complaints
        from newsletter.delivery.consequences import consequences

        readers = readers or Readership.whole(issue.list)
        mail = self.render(issue, readers.list).mail
        people = self.account(issue, readers, rehearsal=rehearsal).people
        approval, changes = self.approval(mail, readers)
        how: dict[str, Any] = {"readers": readers, "people": people, "rehearsal": rehearsal, "start_at": start_at}
        sentence = consequences(self.settings, subject=issue.subject, **how)
        complaints = Complaints() if rehearsal else self.complaints(issue.id, readers.list)
        what: dict[str, Any] = {"issue": issue, "mail": mail, "approval": approval, "changes": changes}
        return Plan(**what, **how, sentence=sentence, complaints=complaints)

    def require_sendable(self, plan: Plan, *, orders: Orders = NO_ORDERS) -> None:
        """Raises RefusedError when a rule of the house says no: nobody to send to, or no approval of these bytes."""
        from newsletter.delivery.complaints import require_calm
        from newsletter.delivery.dispatch.local import require_home

        if not plan.rehearsal:
            self._require_no_other(plan)
        if not plan.people:
            raise RefusedError(
                _("there is nobody to send to on list {name}", name=plan.readers.list)
                if plan.readers.is_whole
                else _("there is nobody to send to: {readers}", readers=self.readers_in_words(plan.readers)),
                hint=_("import subscribers first; or everybody has it already: newsletter mailings"),
            )
        if plan.rehearsal:
            return
        if not self.settings.public.url.startswith("https://") and not self.settings.smtp.is_loopback():
            raise RefusedError(
                _("public.url is not https: no mail program would offer to unsubscribe in one click (RFC 8058)"),
                where=FILE_NAME,
            )
        if not orders.this_machine:
            require_home(self.deliveries)
        if not orders.despite_complaints:
            require_calm(plan.complaints)
        if not orders.unapproved:
            require_approval(plan.approval, plan.changes, which=plan.which)

    def _require_no_other(self, plan: Plan) -> None:
        """An interrupted mailing is resumed, not sent anew: who waits in it would be forgotten there."""
        for mailing in self.deliveries.mailings():
            if mailing.rehearsal or (mailing.issue, mailing.list) != (plan.issue.id, plan.readers.list):
                continue
            counts = self.deliveries.counts(mailing.id)
            waiting = counts.queued + counts.sending + (0 if plan.people else counts.deferred)
            planned = not mailing.is_frozen and mailing.readership.key == plan.readers.key
            if (waiting or planned) and mailing.state is not MailingState.CANCELLED:
                raise _not_over(mailing, waiting=waiting)

    def send(self, plan: Plan, *, orders: Orders = NO_ORDERS, progress: Callable[[Counts], None]) -> Run:
        """Freeze the audience and send, until nothing more can leave now."""
        return self.resume(self.create_mailing(plan, orders=orders), orders=orders, progress=progress)

    def create_mailing(self, plan: Plan, *, orders: Orders = NO_ORDERS) -> Mailing:
        """Freeze what the plan says; nothing is sent. Raises RefusedError as `require_sendable`."""
        from newsletter.model import Freeze

        freeze = Freeze(
            issue=plan.issue.id,
            list=plan.readers.list,
            readers=None if plan.readers.is_whole else plan.readers,
            rehearsal=plan.rehearsal,
            identity=self.identity(plan.readers.list).to_mapping(),
            approved=plan.approval.sha256 if plan.approval and not plan.changes else "",
            start_at=plan.start_at,
            despite_complaints=orders.despite_complaints,
            not_after=orders.not_after or self._limit(plan.start_at or self.now()),
        )
        # Of two at once only one freezes, and what was confirmed is what it freezes.
        with self.deliveries.sole_sender():
            self.require_sendable(plan, orders=orders)
            if not plan.rehearsal and self.account(plan.issue, plan.readers).people != plan.people:
                raise RefusedError(
                    _("the people have changed since they were counted"), hint=_("nothing was sent; send it again")
                )
            return self.deliveries.create_mailing(freeze, plan.mail, now=self.now())

    def _limit(self, start_at: datetime) -> datetime:
        """Until when a mailing that is to start at this moment may do so by itself."""
        return start_at + timedelta(seconds=seconds(self.settings.delivery.not_after))

    def resume(self, mailing: Mailing, *, orders: Orders = NO_ORDERS, progress: Callable[[Counts], None]) -> Run:
        """Go on with a mailing until nothing more can leave now."""
        from newsletter.delivery.dispatch.local import LocalDispatcher
        from newsletter.delivery.sender import options_from
        from newsletter.delivery.transports.relays import relays_from

        with self._servers(self.rehearsal_folder(mailing.id) if mailing.rehearsal else None) as servers:
            dispatcher = LocalDispatcher(
                store=self.deliveries,
                relays_for=lambda _mailing: relays_from(servers),
                messages_for=self._compile,
                journals=self._journals,
                options=options_from(self.settings.smtp, self.settings.delivery),
                zone=self.settings.site.zone,
                now=self.now,
                tell=self.tell,
                late=orders.late,
                here=orders.this_machine,
            )
            stopped = dispatcher.run(mailing.id, progress=progress, wait=orders.wait)
            return Run(mailing=stopped, signal=dispatcher.stopped_by, refused=dispatcher.refused)

    def _compile(self, mailing: Mailing) -> Callable[[Reader], Prepared]:
        """What makes one reader's message out of a frozen mailing: nothing is rendered again."""
        from newsletter.audience.tokens import unsubscribe_tokens
        from newsletter.delivery.message import Identity
        from newsletter.delivery.personalize import Pages, compile_mail
        from newsletter.model import Prepared

        secret = self.deliveries.secret()
        make_token = unsubscribe_tokens(secret)
        compiled = compile_mail(
            self.deliveries.load_mail(mailing.id),
            identity=Identity.from_mapping(mailing.identity),
            mailing_key=mailing.key,
            date=mailing.dated_at.astimezone(self.settings.site.zone),
            secret=secret,
            pages=Pages(web=self._web_url(mailing.id), leave=f"{self.settings.public.url}/u/"),
            seal=self._seal(),
        )

        def prepare(reader: Reader) -> Prepared:
            content = compiled.message(reader, token=make_token(reader.subscription))
            return Prepared(compiled.envelope_sender(reader), reader.email, content)

        return prepare

    def _web_url(self, mailing_id: int) -> str:
        """Where a sent letter is read in a browser, the same for all its readers."""
        from newsletter.audience.tokens import make_web_token

        return f"{self.settings.public.url}/v/{make_web_token(self.deliveries.secret(), mailing_id)}"

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


def _not_over(mailing: Mailing, *, waiting: int) -> RefusedError:
    if not mailing.is_frozen:
        return RefusedError(
            _("this issue is to leave already, by mailing {number}", number=mailing.id),
            hint=_("newsletter reschedule {number} --at WHEN; or newsletter cancel {number}", number=mailing.id),
        )
    sentence = ngettext(
        "mailing {number} of this issue is not over: {n} person waits for it",
        "mailing {number} of this issue is not over: {n} people wait for it",
        waiting,
        number=mailing.id,
    )
    hint = _("newsletter resume {number}; or newsletter cancel {number} to give it up", number=mailing.id)
    return RefusedError(sentence, hint=hint)


def require_approval(approval: Approval | None, changes: Sequence[str], *, which: str) -> None:
    """Raises RefusedError when there is no bon à tirer, or it no longer holds; `which` is what to approve."""
    hint = _("newsletter approve {issue} --by NAME; or --unapproved to do without", issue=which)
    if approval is None:
        raise RefusedError(_("the bon à tirer is missing: nothing leaves before it"), hint=hint)
    if changes:
        sentence = _(
            "the issue has changed since {name}'s bon à tirer: {changes}",
            name=approval.by,
            changes=_("; ").join(changes),
        )
        raise RefusedError(sentence, hint=hint)
