"""How a list grew: its months, from the first person who joined to today, none left out."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from newsletter.model import Month, Moves


def months_of(moves: Sequence[Moves], *, zone: ZoneInfo, today: date) -> list[Month]:
    """One a month where the magazine is, oldest first; empty when nobody ever joined."""
    if not moves:
        return []
    sums: dict[date, list[int]] = {}
    for move in moves:
        month = sums.setdefault(move.at.astimezone(zone).date().replace(day=1), [0, 0, 0])
        for place, number in enumerate((move.joined, move.left, move.lost)):
            month[place] += number
    months, day, size = [], min(sums), 0
    while day <= max(*sums, today.replace(day=1)):
        joined, left, lost = sums.get(day, (0, 0, 0))
        size += joined - left - lost
        months.append(Month(day=day, joined=joined, left=left, lost=lost, size=size))
        day = _after(day)
    return months


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
