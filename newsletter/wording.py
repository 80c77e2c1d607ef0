"""Text cut to fit where it goes: one clean line for a header or a cell, plain letters for a name."""

import re
import unicodedata
from functools import lru_cache

from newsletter.lean import pattern

#: Controls, line separators, bidirectional and zero-width marks, lone surrogates: they break headers or forge names.
_UNWANTED = pattern(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_BLANKS = pattern(r" {2,}")
#: Letters that Unicode does not take apart into a plain one and a mark.
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae", "ß": "ss"})


def one_line(text: str, *, limit: int) -> str:
    """One line of at most `limit` characters: NFC, no control or direction marks, single spaces, none at the ends.

    Hard spaces (U+00A0, U+202F) stay.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():  # nor are hard spaces
        text = _UNWANTED.sub(" ", text)
    if "  " in text:
        text = _BLANKS.sub(" ", text)
    return text.strip(" ")[:limit].rstrip(" ")


def unaccented(text: str) -> str:
    """The text with plain letters for accented ones: « Œuvre d’été » is « Oeuvre d’ete »."""
    letters = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=64)
def slug(text: str, *, limit: int) -> str:
    """ASCII letters and digits joined by single hyphens: « Numéro 157 : l’été » is `numero-157-l-ete`.

    At most `limit` characters; "" when nothing is left.
    """
    return re.sub(r"[^a-z0-9]+", "-", unaccented(text).lower()).strip("-")[:limit].rstrip("-")
