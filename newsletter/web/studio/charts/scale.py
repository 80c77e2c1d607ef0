"""Where values stand in a picture, and the round ones that are written beside it."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

#: Seconds between two moments that are written, where a clock shows round hours.
_ROUND = (1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def ticks(highest: int, *, most: int = 4) -> list[int]:
    """Round whole numbers from 0 to the first that is not below `highest`, at most `most` steps apart."""
    step = next(step for step in _round_numbers() if step * most >= highest)
    return [step * number for number in range(max(1, math.ceil(highest / step)) + 1)]


def _round_numbers() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 …"""
    return (factor * 10**power for power in count() for factor in (1, 2, 5))


def moments(since: datetime, until: datetime, *, zone: ZoneInfo, most: int) -> Iterator[datetime]:
    """Round moments from one to the other, in the zone; at least one, at most `most`."""
    wanted = (until - since).total_seconds() / most
    step = next((length for length in _ROUND if length >= wanted), math.ceil(wanted / 86400) * 86400)
    # On the clock of those who look, which jumps an hour twice a year.
    local = since.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (local.replace(tzinfo=None) - midnight.replace(tzinfo=None)).total_seconds()
    place = midnight + timedelta(seconds=math.ceil(passed / step) * step)
    while place <= until:
        yield place.astimezone(UTC).astimezone(zone)
        place += timedelta(seconds=step)
