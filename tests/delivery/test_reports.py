"""What became of a mailing, on a real database."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.delivery.reports import NAMED, compare, make_report
from newsletter.model import DeliveryState, MailingState, Outcome, SubscriptionStatus, Tally
from newsletter.store import SqlReportStore
from tests.mailroom import NOW, Mailroom


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    mailroom = Mailroom(tmp_path, people=100)
    yield mailroom
    mailroom.close()


@pytest.fixture
def reports(mailroom: Mailroom) -> SqlReportStore:
    return SqlReportStore(mailroom.engine)


def settle(mailroom: Mailroom, mailing: int, number: int, *, after: timedelta) -> None:
    """So many are accepted so long after the start."""
    page = mailroom.store.claim(mailing, limit=number, now=NOW)
    outcomes = [Outcome(delivery=one.delivery, state=DeliveryState.SENT) for one in page]
    mailroom.store.record(mailing, outcomes, now=NOW + after)


def test_a_report_before_the_start_has_no_timeline(mailroom: Mailroom, reports: SqlReportStore) -> None:
    report = make_report(reports, mailroom.mailing(), range_="start")
    assert report.timeline is None
    assert report.tally == Tally(waiting=100)
    assert (report.seconds, report.answers) == (None, [])


def test_steps_are_round_and_hold_everything(mailroom: Mailroom, reports: SqlReportStore) -> None:
    mailing = mailroom.mailing()
    mailroom.store.set_state(mailing.id, MailingState.RUNNING, now=NOW)
    for minute in range(10):
        settle(mailroom, mailing.id, 10, after=timedelta(minutes=minute, seconds=7))
    report = make_report(reports, mailroom.store.load_mailing(mailing.id))
    assert report.timeline
    assert report.timeline.seconds == 5
    assert report.timeline.since == NOW
    assert report.timeline.until == NOW + timedelta(minutes=9, seconds=10)
    assert sum(step.tally.first for step in report.timeline.steps) == report.tally.total == 100
    assert report.timeline.most_until is None


def test_a_long_tail_can_be_left_out(mailroom: Mailroom, reports: SqlReportStore) -> None:
    mailing = mailroom.mailing()
    settle(mailroom, mailing.id, 60, after=timedelta(seconds=20))
    settle(mailroom, mailing.id, 37, after=timedelta(seconds=50))
    settle(mailroom, mailing.id, 3, after=timedelta(hours=5))
    whole, start = (make_report(reports, mailing, range_=range_) for range_ in ("all", "start"))
    assert whole.timeline
    assert start.timeline
    assert whole.timeline.most_until == start.timeline.until
    assert start.timeline.seconds < whole.timeline.seconds
    assert sum(step.tally.first for step in start.timeline.steps) == 97
    assert start.tally == whole.tally == Tally(first=100)


def test_small_domains_are_told_together_but_never_one_alone(tmp_path: Path) -> None:
    from newsletter.model import Consent, ImportRow

    mailroom = Mailroom(tmp_path)
    consent = Consent(text="x", source="hand", at=NOW)
    reports = SqlReportStore(mailroom.engine)
    for domains in (NAMED + 1, NAMED + 2):
        rows = [ImportRow(line=n, email=f"a@d{n:02}.example") for n in range(domains)]
        mailroom.audience.import_rows(rows, list_id=f"l{domains}", consent=consent, dry_run=False)
        from newsletter.model import Freeze
        from tests.mailroom import MAIL

        freeze = Freeze(issue=MAIL.issue, list=f"l{domains}", rehearsal=True)
        report = make_report(reports, mailroom.store.create_mailing(freeze, MAIL, now=NOW))
        assert len(report.domains) == (NAMED + 1 if domains == NAMED + 1 else NAMED)
        assert report.other_domains == domains - len(report.domains)
        assert report.others == Tally(waiting=report.other_domains)
    mailroom.close()


def test_mailings_are_compared_with_who_left_in_the_week_after(mailroom: Mailroom, reports: SqlReportStore) -> None:
    mailing = mailroom.mailing()
    mailroom.store.set_state(mailing.id, MailingState.RUNNING, now=NOW)
    settle(mailroom, mailing.id, 100, after=timedelta(minutes=1))
    mailroom.store.set_state(mailing.id, MailingState.FINISHED, now=NOW + timedelta(minutes=3))
    for days in (1, 6, 8):
        (theirs,) = mailroom.audience.subscriptions(days)
        left_at = NOW + timedelta(days=days)
        mailroom.audience.set_status(theirs.id, SubscriptionStatus.UNSUBSCRIBED, now=left_at, detail="one-click")
    mailing = mailroom.store.load_mailing(mailing.id)
    (early,) = compare(reports, [mailing], now=NOW + timedelta(days=2))
    (late,) = compare(reports, [mailing], now=NOW + timedelta(days=7))
    assert (early.is_final, late.is_final) == (False, True)
    assert (late.departures, late.seconds, late.counts.sent) == (2, 180, 100)
