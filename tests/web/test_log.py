"""The log of a mailing, in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.i18n import speaking
from newsletter.model import MailingEvent, MailingEventKind
from newsletter.web.studio.log import in_words, log_by_day

BRUSSELS = ZoneInfo("Europe/Brussels")
AT = datetime(2026, 11, 26, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize("kind", list(MailingEventKind))
@pytest.mark.parametrize("number", [0, 1, 3])
def test_every_kind_has_its_words(kind: MailingEventKind, number: int) -> None:
    words = "" if number and kind is not MailingEventKind.REMARKED else "said so"
    event = MailingEvent(at=AT, kind=kind, number=number, words=words, start_at=AT)
    for language in ("fr", "en"):
        with speaking(language):
            words = in_words(event, zone=BRUSSELS)
            assert words
            assert words[0].isupper() or words[0].isdigit()


def test_a_departure_names_who_approved() -> None:
    with speaking("fr"):
        event = MailingEvent(at=AT, kind=MailingEventKind.STARTED, words="Hélène Vasseur")
        assert in_words(event, zone=BRUSSELS) == "Départ, bon à tirer d’Hélène Vasseur"


def test_days_are_named_but_today_and_hours_are_those_of_the_site() -> None:
    today = datetime.now(BRUSSELS).replace(hour=12, minute=4)
    events = [MailingEvent(at=at, kind=MailingEventKind.PAUSED) for at in (today, today - timedelta(days=400), AT)]
    days = list(log_by_day(sorted(events, key=lambda event: event.at, reverse=True), zone=BRUSSELS))
    assert days[0] == ("", [("12:04", "Paused")])
    assert ("Thursday 26 November", [("10:59", "Paused")]) in days
