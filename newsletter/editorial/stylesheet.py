"""Flat style sheets and style attributes, read without a CSS library: its start takes as long as a letter."""

import re
from collections.abc import Iterator

#: A property and its value, `!important` at the end if it is.
Declaration = tuple[str, str]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
#: Up to a `;` that stands in no string and between no brackets.
_STATEMENT = re.compile(r"""(?:[^;"'(]+|"[^"]*"|'[^']*'|\([^()]*\))+""")
_NAME = re.compile(r"-{0,2}[a-z_][\w-]*", re.IGNORECASE)
_IMPORTANT = re.compile(r"\s*!\s*important$", re.IGNORECASE)
_ZERO = re.compile(r"(?<![\w.#-])0(?:px|em|rem|pt)(?![\w%.-])")
_COMMA = re.compile(r"\s*,\s*")


def read_rules(css: str) -> list[tuple[str, list[Declaration]]]:
    """Each rule's selectors and declarations, in order; a rule inside a rule is none of ours."""
    rules = _RULE.findall(_COMMENT.sub("", css))
    return [(" ".join(selectors.split()), read_declarations(body)) for selectors, body in rules]


def read_declarations(css: str) -> list[Declaration]:
    """Each property once: as said last, unless it was more important before.

    What is no declaration is passed over (CSS Syntax 3 §5.4.6).
    """
    said: dict[str, str] = {}
    for name, value in _statements(_COMMENT.sub("", css)):
        if said.get(name, "").endswith("!important") and not value.endswith("!important"):
            continue
        said.pop(name, None)
        said[name] = value
    return list(said.items())


def _statements(css: str) -> Iterator[Declaration]:
    for statement in _STATEMENT.findall(css):
        name, _colon, value = (part.strip() for part in statement.partition(":"))
        if value and _NAME.fullmatch(name):
            plain = _IMPORTANT.sub("", value)
            yield name.lower(), _shortened(plain) + (" !important" if plain != value else "")


def _shortened(value: str) -> str:
    """No unit after a zero, one blank between words; strings and functions as they are written."""
    if '"' in value or "'" in value or "(" in value:
        return value
    return _COMMA.sub(", ", _ZERO.sub("0", " ".join(value.split())))
