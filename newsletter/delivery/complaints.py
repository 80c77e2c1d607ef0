"""The rate of complaints: from one in a thousand it is a warning, from three nothing leaves unless somebody says so.

Gmail and Yahoo ask every sender for the same two figures, and begin to refuse the whole domain at the second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from newsletter.errors import RefusedError
from newsletter.i18n import _, format_number, ngettext
from newsletter.model import Counts, Mailing

#: Complaints in a thousand letters handed over.
WARNED, REFUSED = 1, 3
#: Fewer complaints are chance and no rate: on a list of a hundred, one is already ten in a thousand.
FEW = 3


class Alarm(IntEnum):
    """What a rate asks for."""

    NONE = 0
    WARNING = 1
    REFUSAL = 2


@dataclass(frozen=True, kw_only=True)
class Complaints:
    """How many readers of a letter said that it is spam."""

    number: int = 0
    #: Letters that a server took responsibility for.
    delivered: int = 0
    #: Id of the issue they are about; "" without any.
    issue: str = ""

    @property
    def rate(self) -> float:
        """Complaints a letter handed over: 0.003 is three in a thousand. Never above 1."""
        return self.number / max(self.number, self.delivered, 1)

    @property
    def alarm(self) -> Alarm:
        """How bad it is; a few complaints are never."""
        thousands = 1000 * self.number
        if self.number < FEW or thousands < WARNED * self.delivered:
            return Alarm.NONE
        return Alarm.REFUSAL if thousands >= REFUSED * self.delivered else Alarm.WARNING

    @property
    def asks(self) -> bool:
        """True when the next letter must not leave by habit."""
        return self.alarm is Alarm.REFUSAL

    @property
    def percent(self) -> str:
        """Its rate as a reader writes it, two decimals, never rounded up to a limit: « 0,29 % »."""
        hundredths = int(10_000 * self.number / max(self.number, self.delivered, 1)) / 100
        return _("{number}%", number=format_number(hundredths))

    @property
    def sentence(self) -> str:
        """« 12 plaintes pour 8 000 lettres remises (0,15 %). »"""
        return ngettext(
            "{n} complaint for {delivered} handed over ({percent}).",
            "{n} complaints for {delivered} handed over ({percent}).",
            self.number,
            delivered=format_number(self.delivered),
            percent=self.percent,
        )

    @property
    def advice(self) -> str:
        """What an alarm means, and what to do about it; "" without one."""
        match self.alarm:
            case Alarm.NONE:
                return ""
            case Alarm.WARNING:
                return _(
                    "One reader in a thousand or more took it for spam; from three, Gmail and Yahoo refuse the whole "
                    "domain, and the next mailing asks before it leaves. Look at where the last people added come from."
                )
            case Alarm.REFUSAL:
                return _(
                    "Three readers in a thousand or more took it for spam: Gmail and Yahoo refuse the whole domain. "
                    "Write to those alone who asked for the letter, and look at where the last people added come from; "
                    "the next mailing asks before it leaves."
                )


def complaints_of(mailing: Mailing, counts: Counts) -> Complaints:
    """How many of those who got a mailing said that it is spam."""
    return Complaints(number=mailing.complaints, delivered=counts.sent)


def last_letters(mailings: Sequence[Mailing], *, list_id: str, issue: str) -> list[list[Mailing]]:
    """The real mailings of a list by which the next one is judged: those of the letter before, and of this issue as far
    as it has left. `mailings` are newest first.

    By letter and not by mailing: a few latecomers, among whom nobody complains, must not hide what came before.
    """
    started = [one for one in mailings if one.list == list_id and not one.rehearsal and one.started_at]
    before = next((one.issue for one in started if one.issue != issue), None)
    letters = ([one for one in started if one.issue == name] for name in (issue, before))
    return [letter for letter in letters if letter]


def worst(letters: Sequence[Sequence[Mailing]], *, delivered: Callable[[Mailing], int]) -> Complaints:
    """Of some letters the one with the highest rate of complaints; those with a few are not even counted."""
    found = [Complaints()]
    for letter in letters:
        number = sum(mailing.complaints for mailing in letter)
        if number >= FEW:
            found.append(Complaints(number=number, delivered=sum(map(delivered, letter)), issue=letter[0].issue))
    return max(found, key=lambda one: one.rate)


def require_calm(complaints: Complaints) -> None:
    """Raises RefusedError when so many readers complained of a letter before that the next must not leave by habit."""
    if complaints.asks:
        raise RefusedError(
            ngettext(
                "{n} reader of {delivered} took the last letter to this list for spam ({percent})",
                "{n} readers of {delivered} took the last letter to this list for spam ({percent})",
                complaints.number,
                delivered=format_number(complaints.delivered),
                percent=complaints.percent,
            ),
            hint=_(
                "from three in a thousand Gmail and Yahoo refuse the whole domain: write to those alone who asked for "
                "the letter, look at where the last people added come from; to send it all the same, add "
                "--despite-complaints"
            ),
        )
