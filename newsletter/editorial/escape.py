"""What stands between a value and the markup around it: escaping for attributes and text, six-digit colours."""

import html
import re

from markupsafe import Markup

#: Control characters (C0 but tab, LF and CR; DEL; C1), lone surrogates, noncharacters of the BMP.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: Characters that turn the writing direction of what follows (UAX #9 §2): a name could read backwards.
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
#: All but printable ASCII without `"`, `&`, `<`, `>` and the backslash.
_UNSAFE_IN_ATTRIBUTE = re.compile(r"[^ !#-%'-;=?-\[\]-~]")
_COLOUR_ATTRIBUTE = re.compile(r'\b((?:style|(?:bg|fill|stroke)?color)=")([^"]*#[^"]*)"')
_SHORT_COLOUR = re.compile(r"(?<![\w/&(#.])#([0-9a-f])([0-9a-f])([0-9a-f])(?![\w-])", re.IGNORECASE)


def without_controls(text: str) -> str:
    """The text without what no reader can see: control and direction-turning characters, lone surrogates."""
    return _DIRECTIONS.sub("", _CONTROLS.sub("", text))


def attr(value: object) -> Markup:
    """A value for a double-quoted attribute, in MJML or in HTML inside MJML: one line of plain ASCII.

    mrml writes attributes with Rust's `{:?}`, which spells out narrow spaces, combining accents and backslashes as
    `\\u{202f}`; numeric references (HTML §13.1.4) pass through it whole. Markup is taken as already escaped.
    """
    text = html.unescape(str(value)) if isinstance(value, Markup) else _plain(value)
    line = re.sub(r"\r\n|[\r\n\t]", " ", without_controls(text))
    return Markup(_UNSAFE_IN_ATTRIBUTE.sub(lambda match: f"&#{ord(match[0])};", line))  # noqa: S704 - just escaped


def text(value: object) -> Markup:
    """A value for text between tags, escaped exactly once; Markup is taken as already escaped."""
    if isinstance(value, Markup):
        return Markup(without_controls(value))  # noqa: S704 - it was markup before
    return Markup(html.escape(without_controls(_plain(value)), quote=True))  # noqa: S704 - just escaped


def expand_colours(markup: str) -> str:
    """Every `#abc` of a style or colour attribute as `#aabbcc`: Outlook and Notes misread the short form."""
    if not _SHORT_COLOUR.search(markup):  # the rule, and quicker than to look into every attribute
        return markup
    return _COLOUR_ATTRIBUTE.sub(
        lambda match: match[1] + _SHORT_COLOUR.sub(r"#\1\1\2\2\3\3", match[2]) + '"',
        markup,
    )


def _plain(value: object) -> str:
    return "" if value is None else str(value)
