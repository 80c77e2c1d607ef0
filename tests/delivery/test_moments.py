"""Hours as people type them, in the site's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.delivery.moments import moment_in_words, read_delay, read_limit, read_moment
from newsletter.errors import UsageError
from newsletter.i18n import speaking

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01 08:00", datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
        (" 2026-07-01T08:00 ", datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),
        ("2026-12-01 08:00:00", datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
        ("2026-12-01 8h30", datetime(2026, 12, 1, 7, 30, tzinfo=UTC)),
        ("2026-12-01 8h", datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
        ("2026-10-25 02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25 02:30+0100", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-12-01 08:00Z", datetime(2026, 12, 1, 8, 0, tzinfo=UTC)),
    ],
)
def test_an_hour_is_the_sites_hour(text, moment):
    assert read_moment(text, zone=BRUSSELS) == moment


@pytest.mark.parametrize("text", ["", "demain", "08:00", "2026-12-01", "2026-13-01 08:00", "2026-12-01 25:00", "5m"])
def test_what_is_no_hour_is_said_with_an_example(text):
    with pytest.raises(UsageError) as refusal:
        read_moment(text, zone=BRUSSELS)
    assert "2026-12-01 08:00" in str(refusal.value.hint)


def test_an_hour_that_the_clocks_skip_is_refused():
    with pytest.raises(UsageError, match="does not exist in Europe/Brussels"):
        read_moment("2027-03-28 02:30", zone=BRUSSELS)


def test_an_hour_that_comes_twice_must_say_which_and_the_hint_can_be_typed():
    with pytest.raises(UsageError, match="comes twice") as refusal:
        read_moment("2026-10-25 02:30", zone=BRUSSELS)
    assert refusal.value.hint == "say which: 2026-10-25 02:30+0200 or 2026-10-25 02:30+0100"
    first, second = (
        read_moment(f"2026-10-25 02:30{offset}", zone=BRUSSELS) for offset in ("+0200", "+0100")
    )  # fmt: skip
    assert second - first == timedelta(hours=1)


def test_a_limit_is_a_moment_or_so_long_after_the_start():
    assert read_limit("2d", zone=BRUSSELS, start_at=NOW) == NOW + timedelta(days=2)
    assert read_limit("2026-11-24 10:00", zone=BRUSSELS, start_at=NOW) == NOW + timedelta(days=1)


def test_a_delay_is_a_duration():
    assert read_delay("5m", now=NOW) == NOW + timedelta(minutes=5)
    with pytest.raises(UsageError, match="is not a duration"):
        read_delay("soon", now=NOW)


def test_a_moment_is_said_in_the_sites_zone():
    with speaking("fr"):
        said = moment_in_words(datetime(2026, 12, 1, 7, 0, tzinfo=UTC), BRUSSELS)
    assert said == "mardi 1er décembre 2026 à 08:00 (Europe/Brussels)"
