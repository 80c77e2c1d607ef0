"""A bar in shares, one colour an outcome: every outcome that happened is seen, however small its share."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Share:
    """One outcome in a bar."""

    key: str
    x: float
    width: float


def shares(parts: Sequence[tuple[str, int]], *, width: float, least: float) -> list[Share]:
    """Side by side, `width` in all; none is drawn narrower than about `least`, and what is 0 not at all."""
    happened = [(key, number) for key, number in parts if number > 0]
    whole = sum(number for _key, number in happened)
    drawn = [max(least, width * number / whole) for _key, number in happened]
    scale, x, found = width / sum(drawn) if drawn else 1, 0.0, []
    for (key, _number), wide in zip(happened, drawn, strict=True):
        found.append(Share(key=key, x=round(x, 1), width=round(wide * scale, 1)))
        x += wide * scale
    return found
