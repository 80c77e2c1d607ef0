"""The subscriptions desk's verbs: import, add, show, erase, unsubscribe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.errors import UsageError
from newsletter.i18n import _
from newsletter.model import SubscriptionStatus, SuppressionReason
from newsletter.project.opened import OpenedProject
from newsletter.project.uploads import Uploads

if TYPE_CHECKING:
    from newsletter.model import (
        AudienceSize,
        Column,
        ImportReport,
        Refusal,
        Search,
        Subscriber,
        Subscription,
        Suppression,
    )


class Desk(OpenedProject):
    """Who subscribes to what, and the proof of it."""

    @cached_property
    def import_files(self) -> Uploads:
        """Files that wait for somebody to choose their columns and to read the dry run."""
        return Uploads(self.var / "imports")

    def import_columns(self, file: Path) -> Sequence[Column]:
        """The columns of a table as they would be taken."""
        from newsletter.audience.exchange import file_columns

        return file_columns(file)

    def import_subscribers(
        self, file: Path, *, list_id: str, consent: str, columns: Sequence[str] = (), dry_run: bool = False
    ) -> ImportReport:
        """Take a CSV into a list in one transaction; the report says who was new, changed, kept out, refused.

        `columns` are what somebody chose for each (`email`, …, `field`, ""); without it the header decides.
        """
        from newsletter.audience.exchange import import_csv

        self.mailing_list(list_id)
        return import_csv(
            file,
            store=self.audience,
            list_id=list_id,
            consent_text=consent,
            now=self.now(),
            columns=columns,
            dry_run=dry_run,
        )

    def refusals_csv(self, refused: Sequence[Refusal]) -> Iterator[str]:
        """Lines of a table that says which rows of an import were refused, and why."""
        from newsletter.audience.exchange import csv_lines

        rows = ((str(each.line), each.address, each.reason) for each in refused)
        return csv_lines([_("line"), _("address"), _("reason")], rows)

    def list_csv(self, list_id: str, search: Search | None = None) -> Iterator[str]:
        """Lines of a list's export: of everybody, or of those who are looked for."""
        from newsletter.audience.exchange import csv_of_list

        self.mailing_list(list_id)
        return csv_of_list(self.audience, list_id, search)

    def export_subscribers(self, file: Path, *, list_id: str) -> int:
        """Write a list as a CSV that French Excel opens; returns how many rows."""
        from newsletter.audience.exchange import export_csv

        self.mailing_list(list_id)
        return export_csv(file, store=self.audience, list_id=list_id)

    def add_subscriber(
        self, email: str, *, list_id: str, consent: str, first_name: str = "", last_name: str = ""
    ) -> Subscriber:
        """Subscribe one person, with the proof that they agreed."""
        from newsletter.audience.subscriptions import add_subscriber

        self.mailing_list(list_id)
        return add_subscriber(
            self.audience,
            email,
            list_id=list_id,
            consent_text=consent,
            first_name=first_name,
            last_name=last_name,
            now=self.now(),
        )

    def meant_domain(self, email: str) -> str:
        """The common domain that an address seems to mean by its own; "" when nothing looks misspelt."""
        from newsletter.audience.misspelt import meant_domain

        return meant_domain(email.strip().rpartition("@")[2].lower())

    def person(self, email: str) -> Mapping[str, Any]:
        """Everything that is kept about one person (GDPR art. 15); raises UsageError when unknown."""
        from newsletter.audience.exchange import person_record

        return person_record(self.audience, email)

    def found(self, search: Search) -> Sequence[tuple[Subscriber, Subscription]]:
        """One page of the people of a list whom the words fit."""
        self.mailing_list(search.list)
        return self.audience.found(search)

    def standings(self, search: Search) -> AudienceSize:
        """How many they are, on all pages, by standing."""
        return self.audience.standings(search)

    def subscriber(self, number: int) -> Subscriber:
        """One person by id; raises UsageError when there is none."""
        if person := self.audience.subscriber(number):
            return person
        raise UsageError(_("there is no such person, or no longer"))

    def subscriptions(self, subscriber_id: int) -> Sequence[Subscription]:
        """Every list of one person, with the proof."""
        return self.audience.subscriptions(subscriber_id)

    def leave(self, subscription: Subscription, *, detail: str) -> None:
        """Take one person off a list, at once; `detail` says by which way."""
        self.audience.set_status(subscription.id, SubscriptionStatus.UNSUBSCRIBED, now=self.now(), detail=detail)

    def erase(self, email: str) -> None:
        """Remove every trace but a keyed hash; raises UsageError when unknown.

        Files that wait for an import may name the person: they go too.
        """
        self.import_files.forget_all()
        if not self.audience.erase(email, now=self.now()):
            raise UsageError(_("nobody has the address {email}", email=email))

    def subscribers(
        self, list_id: str | None = None, *, status: SubscriptionStatus | None = None
    ) -> Iterator[tuple[Subscriber, SubscriptionStatus | None]]:
        """People by id, streaming."""
        if list_id:
            self.mailing_list(list_id)
        return self.audience.subscribers(list_id, status=status)

    def list_sizes(self) -> dict[str, AudienceSize]:
        """List id → how many people, for every list of the settings."""
        from newsletter.model import AudienceSize

        sizes = self.audience.sizes()
        return {list_id: sizes.get(list_id, AudienceSize(mailable=0)) for list_id in self.settings.lists}

    def suppressions(self) -> Sequence[Suppression]:
        """Addresses never to mail again, newest first."""
        return self.audience.suppressions()

    def suppress(self, email: str) -> bool:
        """Never write to this address again; False when it already stood so."""
        from newsletter.audience.addresses import clean_address

        return self.audience.suppress(clean_address(email), SuppressionReason.ASKED, now=self.now())

    def unsuppress(self, email: str) -> bool:
        """Take an address off the suppression list; False when it was not on it."""
        return self.audience.unsuppress(email, now=self.now())

    # --- what a reader's token opens ---------------------------------------------------------------------------

    def unsubscribe_title(self, token: str) -> str | None:
        """Title of the list an unsubscribe token names; None when the token is not ours."""
        from newsletter.audience.tokens import read_unsubscribe_token

        subscription_id = read_unsubscribe_token(self.audience.secret(), token)
        subscription = self.audience.subscription(subscription_id) if subscription_id else None
        if subscription is None:
            return None
        chosen = self.settings.lists.get(subscription.list)
        return chosen.title if chosen else subscription.list

    def unsubscribe(self, token: str) -> bool:
        """Act on an unsubscribe token, at once; False when the token is not ours. Idempotent."""
        from newsletter.audience.subscriptions import unsubscribe

        return unsubscribe(self.audience, token, now=self.now(), detail="one-click") is not None
