"""What the columns of a subscribers' table mean, in French or English, and what one row says."""

import re
from dataclasses import dataclass
from typing import Final

from newsletter.audience.addresses import LONGEST_NAME, clean_address, clean_words
from newsletter.audience.sheets import Record, Sheet
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.model import ImportRow, Place, SubscriptionStatus
from newsletter.wording import unaccented

#: Characters kept of a cell that holds neither.
LONGEST_FIELD = 1_000

#: Columns that only our own export writes: they tell, they are not taken back.
TOLD: Final = ("consent_text", "consent_source", "consent_at")

#: Merge fields that are made for each reader, never read from a file.
_MADE = ("unsubscribe_url", "web_url")

_SYNONYMS = {
    "email": "email e_mail mail mel courriel adresse_email adresse_e_mail adresse_mail adresse_courriel email_address "
    "e_mail_address mail_address adresse_electronique adresse_de_messagerie",
    "first_name": "first_name firstname given_name prenom prenoms prenom_s",
    "last_name": "last_name lastname surname family_name nom nom_de_famille noms",
    "tags": "tags tag labels etiquettes etiquette mots_cles",
    "status": "status statut",
}
_MEANINGS = {word: meaning for meaning, words in _SYNONYMS.items() for word in words.split()}

# A spreadsheet takes such a cell for a formula (CSV injection); our export puts an apostrophe before it.
_FORMULA = re.compile(r"[\s'\"]*[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where each thing stands in a row."""

    #: `email first_name last_name tags status` → 0-based position; only `email` is always there.
    known: dict[str, int]
    #: Name of any other column → 0-based position.
    fields: dict[str, int]
    #: Columns of the header.
    width: int

    def address(self, record: Record) -> str:
        """What stands in the address cell, to show in a refusal."""
        return clean_words(unguarded(self._cell(record, "email")), limit=LONGEST_NAME)

    def row(self, record: Record) -> ImportRow | None:
        """What a record says, cleaned; None when all its cells are empty. Raises ContentError with the reason."""
        if record.problem:
            raise ContentError(record.problem)
        if not any(cell and not cell.isspace() for cell in record.cells):
            return None
        # Excel leaves out empty cells at the end of a row; a longer row was torn, and nobody knows which cell is which.
        if len(record.cells) > self.width and any(map(str.strip, record.cells[self.width :])):
            raise ContentError(
                _("this row has {n} cells, the header has {width}", n=len(record.cells), width=self.width)
            )
        self._require_subscribed(record)
        return ImportRow(
            line=record.line,
            email=clean_address(unguarded(self._cell(record, "email"))),
            first_name=self._words(record, "first_name"),
            last_name=self._words(record, "last_name"),
            tags=_tags(unguarded(self._cell(record, "tags"))),
            fields=self._fields(record),
        )

    def _cell(self, record: Record, meaning: str) -> str:
        position = self.known.get(meaning)
        return record.cells[position] if position is not None and position < len(record.cells) else ""

    def _words(self, record: Record, meaning: str) -> str:
        return clean_words(unguarded(self._cell(record, meaning)), limit=LONGEST_NAME)

    def _fields(self, record: Record) -> dict[str, str]:
        cells = ((name, record.cells[at]) for name, at in self.fields.items() if at < len(record.cells))
        words = ((name, clean_words(unguarded(cell), limit=LONGEST_FIELD)) for name, cell in cells if cell)
        return {name: value for name, value in words if value}

    def _require_subscribed(self, record: Record) -> None:
        """An exported list names those who left, too: they must not come back through the window."""
        status = self._cell(record, "status").strip().lower()
        if status in ("", SubscriptionStatus.CONFIRMED):
            return
        if status in (SubscriptionStatus.PENDING, SubscriptionStatus.UNSUBSCRIBED):
            raise ContentError(_("the file says “{status}”", status=status))
        raise ContentError(_("the status is confirmed, pending or unsubscribed; rename this column if it is yours"))


def read_columns(sheet: Sheet) -> Columns:
    """The meaning of a header; raises ContentError when there is no address, or a column comes twice."""
    place = Place(file=str(sheet.path), line=sheet.header.line)
    found = _positions(sheet.header.cells, place)
    if "email" not in found:
        raise ContentError(
            _("no column holds the address: the header says {names}", names=", ".join(sheet.header.cells)[:200]),
            where=place,
            hint=_("call that column email, courriel or e-mail"),
        )
    known = {meaning: position for meaning, position in found.items() if meaning in _SYNONYMS}
    fields = {name: position for name, position in found.items() if name not in _SYNONYMS and name not in TOLD}
    return Columns(known=known, fields=fields, width=len(sheet.header.cells))


def _positions(header: tuple[str, ...], place: Place) -> dict[str, int]:
    """Meaning, or name, of every column that has one → its position."""
    names = [_name(unguarded(cell)) for cell in header]
    if not any(_MEANINGS.get(name) == "email" for name in names):
        # « Adresse » alone is the address we look for; beside « E-mail » it is where the letter box hangs.
        names = ["email" if name == "adresse" else name for name in names]
    found: dict[str, int] = {}
    for position, name in enumerate(names):
        meaning = _MEANINGS.get(name, name)
        if meaning in found:
            raise ContentError(_("two columns mean the same: {name}", name=meaning), where=place)
        if meaning in _MADE:
            reason = _("a column cannot be called {name}: that is made for each reader", name=name)
            raise ContentError(reason, where=place)
        if meaning:
            found[meaning] = position
    return found


def _name(header: str) -> str:
    """A header as a merge field would call it: « Prénom » is `prenom`, « N° de membre » is `n_de_membre`."""
    return re.sub(r"[\W_]+", "_", unaccented(header).casefold()).strip("_")[:LONGEST_NAME]


def _tags(cell: str) -> tuple[str, ...]:
    if not cell:
        return ()
    words = (clean_words(word, limit=LONGEST_NAME) for word in re.split(r"[,;|]", cell))
    return tuple(dict.fromkeys(word for word in words if word))
