"""The timetable's verbs: a mailing at an hour, another hour, and its start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.errors import RefusedError, UsageError
from newsletter.i18n import _
from newsletter.model import MailingState
from newsletter.project.mailroom import NO_ORDERS, Mailroom, Orders, Plan, Run, require_approval

if TYPE_CHECKING:
    from newsletter.model import Counts, Mailing


class Timetable(Mailroom):
    """When mailings leave, and that they do."""

    def schedule(self, plan: Plan, *, orders: Orders) -> Mailing:
        """Write a mailing into the timetable: its mail is frozen now, its audience when it starts."""
        if plan.start_at is None or plan.start_at <= self.now():
            raise UsageError(_("this hour is past"), hint=_("without --at and --in it leaves at once"))
        if plan.rehearsal:
            raise UsageError(_("a rehearsal starts at once"), hint=_("leave out --at and --in"))
        return self.create_mailing(plan, orders=orders)

    def reschedule(self, mailing: Mailing, start_at: datetime) -> Mailing:
        """Give a mailing that has not started another hour; also one that was held, or paused."""
        from newsletter.delivery.mailing import require

        mailing = self.deliveries.load_mailing(mailing.id)
        if mailing.is_frozen:
            raise RefusedError(_("mailing {number} has started already", number=mailing.id))
        require(mailing, MailingState.SCHEDULED)
        if start_at <= self.now():
            hint = _("to let it leave now: newsletter resume {number}", number=mailing.id)
            raise UsageError(_("this hour is past"), hint=hint)
        self.deliveries.reschedule(mailing.id, start_at=start_at, not_after=self._limit(start_at), now=self.now())
        return self.deliveries.load_mailing(mailing.id)

    def resume(self, mailing: Mailing, *, orders: Orders = NO_ORDERS, progress: Callable[[Counts], None]) -> Run:
        """Go on with a mailing, or start one that has an hour, until nothing more can leave now."""
        if not mailing.is_frozen:
            self._start(mailing, orders=orders)
        return super().resume(mailing, orders=orders, progress=progress)

    def due(self) -> list[Mailing]:
        """Mailings whose hour has come, the earliest first."""
        now, scheduled = self.now(), MailingState.SCHEDULED
        found = [one for one in self.mailings() if one.state is scheduled and one.start_at and one.start_at <= now]
        return sorted(found, key=lambda one: (one.start_at, one.id))

    def hold(self, mailing: Mailing, *, reason: str) -> None:
        """Keep a mailing from leaving until somebody resumes it."""
        self.deliveries.set_state(mailing.id, MailingState.PAUSED, now=self.now(), note=reason)

    def _start(self, mailing: Mailing, *, orders: Orders) -> None:
        """Freeze the audience, once more what was approved: nobody joined since, unless somebody says so."""
        from newsletter.delivery.complaints import require_calm
        from newsletter.delivery.dispatch.local import require_home
        from newsletter.delivery.mailing import require, require_in_time

        with self.deliveries.sole_sender():
            mailing = self.deliveries.load_mailing(mailing.id)
            require(mailing, MailingState.RUNNING)
            if not orders.late:
                require_in_time(mailing, now=self.now())
            if not orders.this_machine:
                require_home(self.deliveries)
            if not (orders.despite_complaints or mailing.despite_complaints):
                require_calm(self.complaints(mailing.issue, mailing.list))
            if mailing.approved and not orders.unapproved:
                approval, changes = self.approval(self.deliveries.load_mail(mailing.id), mailing.readership)
                require_approval(approval, changes, which=mailing.issue)
            self.deliveries.start_mailing(mailing.id, now=self.now())
