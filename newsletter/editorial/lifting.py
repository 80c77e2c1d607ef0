"""The words of the page around the texts, lifted out while it is printed: a new title finds the page ready.

Neither mrml nor the inliner looks at words between tags. So they see a token in place of each, what they make of that
is remembered, and the words are set in afterwards, cold or warm.
"""

import html
import re
from collections.abc import Mapping

from newsletter.editorial.manuscript import SLOT
from newsletter.editorial.memory import remembered

_BODY = "<mj-body"
#: What neither opens a tag nor is refused or changed by mrml.
_PLAIN = r"[^<>\x00-\x08\x0b-\x1f\ud800-\udfff]"
#: A tag, and the words behind it; no style sheet.
_WORDS = re.compile(rf"(<(?!style|script|!--)[^<>]*>\s*)((?=\S){_PLAIN}+(?<!\s))(?=\s*<)", re.IGNORECASE)


@remembered(answers=512)
def lift_words(mjml: str, *, part: str) -> tuple[str, Mapping[str, str]]:
    """The MJML with a token for the words between its tags, and the words by token, as the inliner spells them.

    Of a whole document only the body is looked at. `part`, letters and digits, tells its tokens from those of other
    parts of the letter.
    """
    head, start, body = mjml.rpartition(_BODY)
    words: dict[str, str] = {}

    def lift(match: re.Match[str]) -> str:
        if SLOT in match[2]:  # where a text goes, or a row begins
            return match[0]
        token = f"{SLOT}w{part}x{len(words):04d}z"
        words[token] = html.escape(html.unescape(match[2]), quote=False)
        return match[1] + token

    return head + start + _WORDS.sub(lift, body), words
