"""One SVG picture with its title and its description; its words escaped, its numbers finite, no style in it."""

import math
from collections.abc import Sequence
from xml.etree import ElementTree

from markupsafe import Markup

#: Widths in which every picture is drawn, in pixels: a style sheet shows the one that fits the screen.
WIDE, NARROW = 640, 340

Point = tuple[float, float]


class Drawing:
    """Shapes are added one after the other, the last above the others."""

    def __init__(self, name: str, *, size: tuple[int, int], title: str, description: str) -> None:
        """`name` is unique on its page."""
        width, height = size
        kind = "chart narrow" if width == NARROW else "chart wide"
        labels = {"aria-labelledby": f"{name}-{width}-title {name}-{width}-words"}
        self._svg = ElementTree.Element(
            "svg", {"class": kind, "viewBox": f"0 0 {width} {height}", "role": "img"} | labels
        )
        for tag, role, words in (("title", "title", title), ("desc", "words", description)):
            ElementTree.SubElement(self._svg, tag, {"id": f"{name}-{width}-{role}"}).text = words

    def line(self, one: Point, other: Point, *, kind: str) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = one, other
        self._add("path", kind, d=f"M{_number(x1)} {_number(y1)}L{_number(x2)} {_number(y2)}")

    def trace(self, points: Sequence[Point], *, kind: str) -> None:
        """A line through points."""
        self._add("polyline", kind, points=_points(points))

    def area(self, points: Sequence[Point], *, kind: str) -> None:
        """What lies inside points."""
        self._add("polygon", kind, points=_points(points))

    def bar(self, corner: Point, size: tuple[float, float], *, kind: str) -> None:
        """A rectangle from its upper left corner; none without height."""
        (x, y), (width, height) = corner, size
        if height > 0:
            self._add("rect", kind, x=_number(x), y=_number(y), width=_number(width), height=_number(height))

    def dot(self, centre: Point, *, kind: str) -> None:
        """A point that is seen."""
        x, y = centre
        self._add("circle", kind, cx=_number(x), cy=_number(y), r="4")

    def text(self, place: Point, words: str, *, anchor: str = "start", kind: str = "") -> None:
        """A few words; `anchor` is the end of them that stands at the place: start, middle or end."""
        x, y = place
        self._add("text", kind, x=_number(x), y=_number(y), **{"text-anchor": anchor}).text = words

    def markup(self) -> Markup:
        """The picture, for a page."""
        return Markup(ElementTree.tostring(self._svg, encoding="unicode"))  # noqa: S704 - ElementTree escapes

    def _add(self, tag: str, kind: str, **attributes: str) -> ElementTree.Element:
        named = {"class": kind} if kind else {}
        return ElementTree.SubElement(self._svg, tag, named | attributes)


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _number(value: float) -> str:
    """At most one decimal, and never anything but a number."""
    if not math.isfinite(value):
        raise ValueError("a picture has finite places")
    return f"{value:.1f}".removesuffix(".0")
