"""The verbs of reports: one mailing, several beside each other, a list over the months; and their tables as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.project import tables
from newsletter.project.mailbook import MailBook

if TYPE_CHECKING:
    from newsletter.delivery.reports import Compared, MailingReport, Range
    from newsletter.model import Counts, Mailing, Month
    from newsletter.ports.reports import Order, ReportStore

#: Mailings set beside one, itself included.
_COMPARED = 6


class ReportRoom(MailBook):
    """What is told when it is over. Everything is counted anew: nothing is kept that could become untrue."""

    @cached_property
    def figures(self) -> ReportStore:
        from newsletter.store.reports import SqlReportStore

        return SqlReportStore(self._engine)

    def counts_of(self, mailings: Sequence[Mailing]) -> Mapping[int, Counts]:
        """How many deliveries of each stand where, by its number."""
        return self.figures.counts_of([mailing.id for mailing in mailings])

    def subjects(self, mailings: Sequence[Mailing]) -> Mapping[int, str]:
        """The subject that each sends, by its number."""
        return self.figures.subjects([mailing.id for mailing in mailings])

    def mailing_report(self, mailing: Mailing, *, order: Order = "size", range_: Range = "all") -> MailingReport:
        """What became of one mailing."""
        from newsletter.delivery.reports import make_report

        return make_report(self.figures, mailing, order=order, range_=range_)

    def compared(self, mailing: Mailing) -> Sequence[Compared]:
        """A mailing and those before it to the same list, newest first; a rehearsal among rehearsals."""
        from newsletter.delivery.reports import compare

        kind = (mailing.list, mailing.rehearsal)
        before = [
            each
            for each in self.mailings()
            if (each.list, each.rehearsal) == kind and each.id <= mailing.id and (each.started_at or each is mailing)
        ]
        return compare(self.figures, before[:_COMPARED], now=self.now())

    def growth(self, list_id: str) -> Sequence[Month]:
        """The months of a list, oldest first."""
        from newsletter.audience.growth import months_of

        self.mailing_list(list_id)
        zone = self.settings.site.zone
        return months_of(self.figures.moves(list_id), zone=zone, today=self.now().astimezone(zone).date())

    # --- tables to keep ----------------------------------------------------------------------------------------

    def deliveries_csv(self, mailing: Mailing) -> Iterator[str]:
        """What became of everybody, a line each, streaming."""
        return tables.outcomes(self.deliveries.deliveries(mailing.id), zone=self.settings.site.zone)

    def timeline_csv(self, mailing: Mailing) -> Iterator[str]:
        """What was settled in each stretch of time."""
        return tables.timeline(self.mailing_report(mailing).timeline, zone=self.settings.site.zone)

    def domains_csv(self, mailing: Mailing) -> Iterator[str]:
        """Outcomes by domain, all of them."""
        return tables.domains(self.figures.domains(mailing.id)[1])

    def answers_csv(self, mailing: Mailing) -> Iterator[str]:
        """Refusals and answers that put off, by kind."""
        return tables.answers(self.figures.answers(mailing.id))

    def compared_csv(self, mailing: Mailing) -> Iterator[str]:
        """A mailing and those before it to the same list."""
        return tables.compared(self.compared(mailing), zone=self.settings.site.zone)

    def growth_csv(self, list_id: str) -> Iterator[str]:
        """The months of a list."""
        return tables.growth(self.growth(list_id))
