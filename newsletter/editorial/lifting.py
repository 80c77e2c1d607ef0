"""The words of the page around the texts, lifted out while it is printed: a new title finds the page ready.

Neither mrml nor the inliner looks at words between tags. So they see a token in place of each, what they make of that
is remembered, and the words are set in afterwards, cold or warm.
"""

import html
import re
from collections.abc import Sequence

from newsletter.editorial.manuscript import SLOT

_BODY = "<mj-body"
#: What neither opens a tag nor is refused or changed by mrml.
_PLAIN = r"[^<>\x00-\x08\x0b-\x1f\ud800-\udfff]"
#: A tag, and the words behind it; no style sheet.
_WORDS = re.compile(rf"(<(?!style|script|!--)[^<>]*>\s*)((?=\S){_PLAIN}+(?<!\s))(?=\s*<)", re.IGNORECASE)
_TOKEN = re.compile(rf"{SLOT}w(\d{{4,}})z")


def lift_words(mjml: str) -> tuple[str, list[str]]:
    """The MJML with a token for the words between the tags of its body, and the words."""
    head, start, body = mjml.partition(_BODY)
    words: list[str] = []

    def lift(match: re.Match[str]) -> str:
        if SLOT in match[2]:  # where a text goes, or a row begins
            return match[0]
        words.append(match[2])
        return f"{match[1]}{SLOT}w{len(words) - 1:04d}z"

    return head + start + _WORDS.sub(lift, body), words


def set_words(page: str, words: Sequence[str]) -> str:
    """The HTML with its words, spelt as the inliner spells those that it sees."""
    return _TOKEN.sub(lambda token: html.escape(html.unescape(words[int(token[1])]), quote=False), page)
