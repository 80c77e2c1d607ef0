"""How a mail program shows a mail: light, dark as the layout foresaw, dark by force, without pictures.

Each is done to the framed copy, since a sandboxed frame takes no orders from the page around it.
"""

import re
from collections.abc import Callable
from typing import Literal

Light = Literal["light", "dark", "forced"]

_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.I | re.S)
_MEDIA = re.compile(r"(\smedia=\")([^\"]*)(\")", re.I)
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.I)
_HEAD_END = re.compile(r"</head\s*>", re.I)
_PICTURE = re.compile(r"<(?:img|source|image|input|video)\b[^>]*>", re.I)
_SOURCE = re.compile(r"(\s(?:src|poster|href))\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I)
_SOURCES = re.compile(r"\ssrcset\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I)
_BACKGROUND = re.compile(r"(\sbackground)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I)
_URL = re.compile(r"url\(\s*(?:\"[^\"]*\"|'[^']*'|&quot;.*?&quot;|[^)]*)\s*\)", re.I)
_TAG = re.compile(r"<[a-z][^>]*>", re.I)

#: A picture that is not there: its alternative text stands in its place.
_NOTHING = "data:,"
_ALWAYS, _NEVER = "(min-width:0)", "(max-width:0)"
#: Pictures are inverted twice, which leaves them alone. A filter on the root takes the page's own ground along.
_INVERTED = (
    "html{background:#fff;filter:invert(1) hue-rotate(180deg)}"
    "img,video,[background]{filter:invert(1) hue-rotate(180deg)}"
)


def lit(html: str, light: Light) -> str:
    """The mail for readers who chose light or dark; `forced` is the light one, inverted by the mail program.

    Only what styles and `media` attributes ask is answered: an article may speak of `prefers-color-scheme`.
    """
    scheme = "dark" if light == "dark" else "light"

    def answered(match: re.Match[str]) -> str:
        asked = _SCHEME.sub(lambda media: _ALWAYS if media[1].lower() == scheme else _NEVER, match[2])
        return match[1] + asked + match[3]

    html = _MEDIA.sub(answered, _STYLE.sub(answered, html))
    style = f":root{{color-scheme:{scheme}!important}}{_INVERTED if light == 'forced' else ''}"
    return _HEAD_END.sub(rf"<style>{style}</style>\g<0>", html, count=1)


def without_pictures(html: str) -> str:
    """The mail as a program shows it before its reader allows pictures: their words, and no ground of pictures."""
    html = _PICTURE.sub(_emptied, html)
    html = _TAG.sub(_each(_URL, f"url({_NOTHING})"), _BACKGROUND.sub(rf'\1="{_NOTHING}"', html))
    return _STYLE.sub(lambda style: style[1] + _URL.sub(f"url({_NOTHING})", style[2]) + style[3], html)


def _emptied(match: re.Match[str]) -> str:
    return _SOURCES.sub("", _SOURCE.sub(rf'\1="{_NOTHING}"', match[0]))


def _each(pattern: re.Pattern[str], written: str) -> Callable[[re.Match[str]], str]:
    return lambda match: pattern.sub(written, match[0])
