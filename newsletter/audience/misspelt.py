"""Domains that look like a slip of the keyboard: a hint for whoever reads, never a reason to refuse."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from newsletter.model import Doubt, ImportRow

#: Where most people of a French or Belgian list have their box; long enough that a neighbour is hardly somebody else.
_COMMON = """
gmail.com googlemail.com hotmail.com hotmail.fr hotmail.be outlook.com outlook.fr outlook.be yahoo.com yahoo.fr yahoo.be
icloud.com protonmail.com proton.me tutanota.com orange.fr wanadoo.fr laposte.net club-internet.fr numericable.fr
aliceadsl.fr skynet.be telenet.be proximus.be scarlet.be belgacom.net bluewin.ch videotron.ca
"""
#: Real ones that are one keystroke from those.
_REAL = """
mail.com email.com ymail.com hotmail.ca hotmail.de hotmail.se outlook.de yahoo.de yahoo.fi yahoo.se orange.be
"""
#: Names under which there is one domain.
_ONLY = {"gmail": "gmail.com", "icloud": "icloud.com"}

_PROVIDERS = sorted(_COMMON.split())
_RIGHT = {*_PROVIDERS, *_REAL.split()}


def meant_domain(domain: str) -> str:
    """The common domain that is one keystroke away, or the only one of that name; "" when nothing looks wrong.

    `domain` is lower-cased, as `clean_address` leaves it.
    """
    if domain in _RIGHT:
        return ""
    if only := _ONLY.get(domain.partition(".")[0]):
        return only
    return next((common for common in _PROVIDERS if _is_one_keystroke(domain, common)), "")


def _is_one_keystroke(typed: str, meant: str) -> bool:
    """True when a letter is missing, wrong or too many, or two neighbours are exchanged."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    start = _shared(typed, meant)
    typed, meant = typed[start:], meant[start:]
    end = _shared(typed[::-1], meant[::-1])
    typed, meant = typed[: len(typed) - end], meant[: len(meant) - end]
    return max(len(typed), len(meant)) <= 1 or (len(typed) == 2 and typed == meant[::-1])


def _shared(one: str, other: str) -> int:
    """How many letters they begin with alike."""
    return sum(1 for _letter in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


class Domains:
    """Watches the rows of an import go by; each domain is judged once, whatever the number of its addresses."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self._numbers: dict[str, int] = {}

    def watching(self, rows: Iterable[ImportRow]) -> Iterator[ImportRow]:
        """The same rows."""
        first, numbers = self._first, self._numbers
        for row in rows:
            domain = row.email.rpartition("@")[2]
            if domain in numbers:
                numbers[domain] += 1
            else:
                numbers[domain], first[domain] = 1, row.line
            yield row

    def doubts(self) -> Iterator[Doubt]:
        """In the order of the file."""
        for domain, line in self._first.items():
            if meant := meant_domain(domain):
                yield Doubt(domain=domain, meant=meant, line=line, number=self._numbers[domain])
