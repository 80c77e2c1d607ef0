"""Texts that no person writes and that a letter must survive: what becomes of each was written down beforehand."""

from dataclasses import dataclass

#: Characters of the longest text that is rendered.
_WHOLE = 100_000
#: Lines of the text with most lines that is rendered.
_LINES = 10_000


@dataclass(frozen=True)
class Awkward:
    """A text, and the line (of a file whose text begins on line 9) where it is refused; None: it is rendered."""

    source: str
    refused: int | None = None
    #: True when it holds nothing that a reader would see.
    says_nothing: bool = False


def _filled(bit: str) -> str:
    return bit * (_WHOLE // len(bit))


AWKWARD = {
    "half a megabyte": Awkward("Un paragraphe d’une ligne.\n\n" * 18_000, refused=9),
    "as long as may be": Awkward(_filled("Un paragraphe d’une ligne.\n\n")),
    "a hundred thousand tags": Awkward("<div>" * 100_000, refused=9),
    "twenty thousand tags": Awkward("<div>" * 20_000, refused=9),
    "tags closed at last": Awkward("<b>" * 14_000 + "x" + "</b>" * 14_000, refused=9),
    "paragraphs left open": Awkward(_filled("<p>"), says_nothing=True),
    "a word of ten thousand letters": Awkward("a" * 10_000),
    "a word without end": Awkward(_filled("x")),
    "pictures never closed": Awkward("Un.\n\n" + "![" * 49_000, refused=11),
    "pictures in pictures": Awkward("![" * 25_000 + "]" * 25_000, refused=9),
    "links never closed": Awkward(_filled("["), refused=9),
    "links left open in many paragraphs": Awkward(("[" * 90 + "\n\n") * 1000, refused=9 + 2 * 11),
    "closed before they are opened": Awkward("]" * 40_000 + "[" * 40_000, refused=9),
    "addresses never closed": Awkward(_filled("![a]("), refused=9),
    "addresses left open in many paragraphs": Awkward(("![a](" * 90 + "\n\n") * 200, refused=9 + 2 * 11),
    "links": Awkward(_filled("[a](/b) ")),
    "pairs of brackets": Awkward(_filled("[]")),
    "stars": Awkward(_filled("**a ")),
    "left open": Awkward(_filled("*a_ ")),
    "tildes": Awkward(_filled("~~a")),
    "backticks": Awkward(" ".join("`" * length for length in range(1, 440))),
    "signs": Awkward(_filled("<")),
    "ampersands": Awkward(_filled("&")),
    "backslashes": Awkward(_filled("\\")),
    "comments": Awkward(_filled("<!--"), says_nothing=True),
    "instructions": Awkward(_filled("<?"), says_nothing=True),
    "quotations in quotations": Awkward(_filled("> "), refused=9),
    "one long rule": Awkward(_filled("- "), says_nothing=True),
    "quotations": Awkward("> a\n" * _LINES),
    "a list": Awkward("- a\n" * _LINES),
    "a list too long": Awkward("- a\n" * (_LINES + 1), refused=9),
    "bars": Awkward(_filled("|a")),
    "a table": Awkward("|a|b|\n|-|-|\n" + "|x|y|\n" * (_LINES - 2)),
    "references": Awkward("[x]: y\n" * _LINES, says_nothing=True),
    "spaces": Awkward(" " * 99_000 + "x"),
    "hard spaces": Awkward("\u00a0" * 99_000 + "!"),
    "exclamations": Awkward(_filled("!")),
}
