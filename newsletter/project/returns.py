"""The verb of what comes back: boxes of bounces and complaints, read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ContentError
from newsletter.project.mailbook import MailBook
from newsletter.settings import seconds

if TYPE_CHECKING:
    from newsletter.model import Mailing, Returned, ReturnsReport
    from newsletter.ports.returns import ReturnStore


class ReturnRoom(MailBook):
    """What servers and readers sent back to the return path."""

    @cached_property
    def returns(self) -> ReturnStore:
        from newsletter.store.returns import SqlReturnStore

        return SqlReturnStore(self._engine)

    def read_bounces(self, boxes: Sequence[Path], *, dry_run: bool = False) -> ReturnsReport:
        """Read boxes and settle what they hold, in the order in which it happened; the boxes stay as they are."""
        from newsletter.audience.bounces import Settlement, happened
        from newsletter.audience.subscriptions import leave_by_mail
        from newsletter.model import ReturnsReport, Unclear

        read, unreadable = _read(boxes)
        now = self.now()
        settlement = Settlement(
            store=self.returns,
            history_of=self.audience.events,
            delivery_of=self._matcher([returned for _place, returned in read]),
            leave=partial(leave_by_mail, self.audience, now=now, dry_run=dry_run),
            now=now,
            since=now - timedelta(seconds=seconds(self.settings.retention.bounces)),
            dry_run=dry_run,
        )
        read.sort(key=lambda one: happened(one[1], now))
        settled = [(settlement.settle(returned), place, returned.subject) for place, returned in read]
        unclear = [
            Unclear(place=place, subject=subject, why=outcome)
            for outcome, place, subject in settled
            if outcome in ("unknown", "other")
        ]
        return ReturnsReport(
            messages=len(read),
            **Counter(outcome for outcome, _place, _subject in settled),
            unclear=tuple(unclear),
            unreadable=tuple(unreadable),
            dry_run=dry_run,
        )

    def _matcher(self, returns: Sequence[Returned]) -> Callable[[Returned], int | None]:
        """Finds the delivery by its sealed mark, or by the Message-ID of the letter; a forged one finds nothing."""
        from newsletter.delivery.verp import read_mark

        secret = self.deliveries.secret()
        marked = partial(read_mark, secret=secret)
        sought = {name for one in returns if not any(map(marked, one.marks)) for name in one.message_ids}
        named = self._by_message_id(sought) if sought else {}

        def match(returned: Returned) -> int | None:
            found = (*map(marked, returned.marks), *map(named.get, returned.message_ids))
            return next((delivery for delivery in found if delivery is not None), None)

        return match

    def _by_message_id(self, sought: Collection[str]) -> dict[str, int]:
        """Which of these are Message-IDs of ours, and the delivery of each."""
        found: dict[str, int] = {}
        for mailing in self.mailings():
            make = self._message_ids(mailing)
            letter = make(0).partition(".")[0]
            if any(name.startswith(f"{letter}.") for name in sought):
                copies = ((make(reader), delivery) for delivery, reader in self.returns.copies(mailing.id))
                found |= {name: delivery for name, delivery in copies if name in sought}
        return found

    def _message_ids(self, mailing: Mailing) -> Callable[[int], str]:
        from newsletter.delivery.message import Identity, message_ids

        identity = Identity.from_mapping(mailing.identity)
        return message_ids(identity, mailing_key=mailing.key, secret=self.deliveries.secret())


def _read(boxes: Sequence[Path]) -> tuple[list[tuple[str, Returned]], list[str]]:
    """Every message with its place, and a sentence for each box that cannot be read."""
    from newsletter.audience.bounces import read_return
    from newsletter.audience.boxes import messages

    read, unreadable = [], []
    for box in boxes:
        try:
            read += [(place, read_return(raw)) for place, raw in messages(box)]
        except ContentError as error:
            unreadable.append(str(error))
    return read, unreadable
