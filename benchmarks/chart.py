"""The chart beside the figures: one group of bars a size of message, readable in light and in dark."""

from collections.abc import Iterator, Mapping
from html import escape

_WIDTH, _BAR, _GAP, _LABEL, _FIGURE = 720, 18, 8, 190, 70
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24302b } .head { font-weight: 600 } rect { fill: #9db5aa }
.ours { fill: #1f6f50 }
@media (prefers-color-scheme: dark) { text { fill: #e6ece8 } rect { fill: #5c7368 } .ours { fill: #5fc79b } }
"""


def draw(title: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """An SVG of heading → label → value, each group to its own scale; labels that start with `newsletter` stand out."""
    rows = [row for heading, bars in groups.items() for row in _rows(heading, bars)]
    words = "; ".join(f"{heading}: {_words(bars)}" for heading, bars in groups.items())
    height = _GAP + len(rows) * (_BAR + _GAP)
    lines = [f'<g transform="translate(0 {_GAP + n * (_BAR + _GAP)})">{row}</g>' for n, row in enumerate(rows)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(words)}</desc><style>{_STYLE}</style>\n'
        + "\n".join(lines)
        + "\n</svg>\n"
    )


def _rows(heading: str, bars: Mapping[str, float]) -> Iterator[str]:
    yield f'<text class="head" x="{_GAP}" y="13">{escape(heading)}</text>'
    room, most = _WIDTH - _LABEL - _FIGURE, max(bars.values())
    for label, value in bars.items():
        width = max(1, round(room * value / most))
        ours = ' class="ours"' if label.startswith("newsletter") else ""
        yield (
            f'<text x="{_GAP}" y="13">{escape(label)}</text>'
            f'<rect{ours} x="{_LABEL}" width="{width}" height="{_BAR}" rx="3"/>'
            f'<text x="{_LABEL + width + _GAP}" y="13">{value:,.0f}</text>'
        )


def _words(bars: Mapping[str, float]) -> str:
    return ", ".join(f"{label} {value:,.0f}" for label, value in bars.items())
