"""What the columns of a subscribers' table mean, in French or English, and what one row says."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count, repeat
from typing import Final

from newsletter.audience.addresses import (
    LONGEST_FIELD,
    LONGEST_NAME,
    LONGEST_SHORT,
    clean_address,
    clean_words,
    doubtful,
)
from newsletter.audience.sheets import Block, Record, Sheet
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.model import ImportRow, Place, Refusal, SubscriptionStatus
from newsletter.wording import unaccented

#: Columns that only our own export writes: they tell, they are not taken back.
TOLD: Final = ("consent_text", "consent_source", "consent_at")

#: The meaning of a column that is kept under its own name.
FIELD: Final = "field"

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
#: What a column may mean, beside a field of its own.
MEANINGS: Final = tuple(_SYNONYMS)
_MEANINGS = {word: meaning for meaning, words in _SYNONYMS.items() for word in words.split()}

#: What stands in the cell of whoever is on the list.
_SUBSCRIBED = frozenset({"", SubscriptionStatus.CONFIRMED.value})

# A spreadsheet takes such a cell for a formula (CSV injection); our export puts an apostrophe before it.
_FORMULA = re.compile(r"[\s'\"]*[=+\-@\t\r]")


def guarded(cells: Iterable[str]) -> list[str]:
    """Cells that no spreadsheet runs."""
    is_formula = _FORMULA.match
    return [f"'{cell}" if is_formula(cell) else cell for cell in cells]


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

    @cached_property
    def _places(self) -> tuple[int, ...]:
        """Positions of what each row is read for; -1, where `_fitted` ends a row with an empty cell, when missing."""
        return tuple(self.known.get(meaning, -1) for meaning in _SYNONYMS)

    def rows(self, parts: Iterable[Block | Record], refused: list[Refusal]) -> Iterator[ImportRow]:
        """What a sheet says, streaming; rows that cannot be taken are added to `refused`."""
        return chain.from_iterable(
            self._glanced(part, refused) if isinstance(part, Block) else self._judged((part,), refused)
            for part in parts
        )

    def _judged(self, records: Iterable[Record], refused: list[Refusal]) -> Iterator[ImportRow]:
        for record in records:
            try:
                row = self.row(record)
            except ContentError as error:
                refused.append(Refusal(line=record.line, address=self.address(record), reason=error.message))
            else:
                if row:
                    yield row

    def _glanced(self, block: Block, refused: list[Refusal]) -> Iterable[ImportRow]:
        """The same as `row` for all that hold nothing out of the ordinary, nearly every one; the others are judged."""
        columns = block.columns(self.width)
        if columns is None:
            return self._judged(block.records(), refused)
        columns.append([""] * len(block.lines))  # where a column stands that the file has not
        emails, firsts, lasts, tags, statuses = (columns[at] for at in self._places)
        limits = ((emails, LONGEST_SHORT), (firsts, LONGEST_NAME), (lasts, LONGEST_NAME))
        if any(max(map(len, cells)) > limit for cells, limit in limits) or not _SUBSCRIBED.issuperset(statuses):
            return self._judged(block.records(), refused)
        labels = (_tags(cell) if cell else () for cell in tags)
        cells = zip(count(block.line), emails, firsts, lasts, labels, self._own(columns))
        rows = list(map(ImportRow._make, cells))
        judged = [(at, [*self._judged((block.record(at),), refused)]) for at in doubtful(emails)]
        for at, kept in reversed(judged):  # none or one, from the end, as the places before stay where they are
            rows[at : at + 1] = kept
        return rows

    def _own(self, columns: Sequence[list[str]]) -> Iterable[dict[str, str]]:
        """The fields of each row."""
        names, own = tuple(self.fields), [columns[at] for at in self.fields.values()]
        if not own:
            return repeat({})
        rows = zip(*own, strict=True)
        if any("" in column for column in own):
            return ({name: cell for name, cell in zip(names, cells, strict=True) if cell} for cells in rows)
        return map(dict, map(zip, repeat(names), rows))

    def address(self, record: Record) -> str:
        """What stands in the address cell, to show in a refusal."""
        at = self.known["email"]
        return clean_words(unguarded(record.cells[at]), limit=LONGEST_NAME) if at < len(record.cells) else ""

    def row(self, record: Record) -> ImportRow | None:
        """What a record says, cleaned; None when all its cells are empty. Raises ContentError with the reason."""
        if record.problem:
            raise ContentError(record.problem)
        cells, words = self._fitted(record.cells), _words if record.plain else _cleaned
        at_email, at_first, at_last, at_tags, at_status = self._places
        email, tags, status = cells[at_email], cells[at_tags], cells[at_status]
        if not (email or any(map(str.strip, cells))):
            return None
        if status:
            _require_subscribed(status)
        return ImportRow(
            record.line,
            clean_address(unguarded(email)),
            words(cells[at_first], LONGEST_NAME),
            words(cells[at_last], LONGEST_NAME),
            _tags(unguarded(tags)) if tags else (),
            {name: cell for name, at in self.fields.items() if (cell := words(cells[at], LONGEST_FIELD))},
        )

    def _fitted(self, cells: Sequence[str]) -> Sequence[str]:
        """As many cells as the header has, and an empty one."""
        # Excel leaves out empty cells at the end of a row; a longer row was torn, and nobody knows which cell is which.
        missing = self.width - len(cells)
        if not missing:
            return [*cells, ""]
        if missing < 0 and any(map(str.strip, cells[self.width :])):
            raise ContentError(_("this row has {n} cells, the header has {width}", n=len(cells), width=self.width))
        return [*cells[: self.width], *[""] * (missing + 1)]


def read_columns(sheet: Sheet, chosen: Sequence[str] = ()) -> Columns:
    """The meaning of a header; raises ContentError when there is no address, or a column comes twice.

    `chosen` overrides the header: for each column its meaning, `field` for a field of its own name, "" for nothing.
    """
    place = Place(file=str(sheet.path), line=sheet.header.line)
    names = _names(sheet.header.cells)
    meanings = _chosen(names, chosen, place) if chosen else [_MEANINGS.get(name, name) for name in names]
    found = _positions(meanings, place)
    if "email" not in found:
        raise ContentError(
            _("no column holds the address: the header says {names}", names=", ".join(sheet.header.cells)[:200]),
            where=place,
            hint=_("call that column email, courriel or e-mail"),
        )
    known = {meaning: position for meaning, position in found.items() if meaning in _SYNONYMS}
    fields = {name: position for name, position in found.items() if name not in _SYNONYMS and name not in TOLD}
    return Columns(known=known, fields=fields, width=len(sheet.header.cells))


def guess_meanings(header: Sequence[str]) -> list[str]:
    """What each column seems to mean, in the words of `chosen`; of two that mean the same, the first."""
    guessed: list[str] = []
    for name in _names(header):
        meaning = _MEANINGS.get(name, FIELD if name and name not in (*TOLD, *_MADE) else "")
        guessed.append("" if meaning != FIELD and meaning in guessed else meaning)
    return guessed


def _names(header: Sequence[str]) -> list[str]:
    names = [_name(unguarded(cell)) for cell in header]
    if not any(_MEANINGS.get(name) == "email" for name in names):
        # « Adresse » alone is the address we look for; beside « E-mail » it is where the letter box hangs.
        names = ["email" if name == "adresse" else name for name in names]
    return names


def _chosen(names: Sequence[str], chosen: Sequence[str], place: Place) -> list[str]:
    """Names of the columns as somebody chose them; raises ContentError when they chose for another file."""
    if len(chosen) != len(names) or not {*chosen} <= {"", FIELD, *_SYNONYMS}:
        raise ContentError(_("the columns that were chosen are not those of this file"), where=place)
    taken = {*_SYNONYMS, *TOLD, *_MADE, ""}
    own = [f"{name or 'column'}_{at}" if name in taken else name for at, name in enumerate(names, start=1)]
    return [own[at] if meaning == FIELD else meaning for at, meaning in enumerate(chosen)]


def _positions(meanings: Sequence[str], place: Place) -> dict[str, int]:
    """Meaning, or name, of every column that has one → its position."""
    found: dict[str, int] = {}
    for position, meaning in enumerate(meanings):
        if meaning in found:
            raise ContentError(_("two columns mean the same: {name}", name=meaning), where=place)
        if meaning in _MADE:
            reason = _("a column cannot be called {name}: that is made for each reader", name=meaning)
            raise ContentError(reason, where=place)
        if meaning:
            found[meaning] = position
    return found


def _name(header: str) -> str:
    """A header as a merge field would call it: « Prénom » is `prenom`, « N° de membre » is `n_de_membre`."""
    return re.sub(r"[\W_]+", "_", unaccented(header).casefold()).strip("_")[:LONGEST_NAME]


def _words(cell: str, limit: int, /) -> str:
    """What a cell of a plain row says."""
    if cell[:1] == "'":
        cell = unguarded(cell)
    words = cell.strip()
    return words if len(words) <= limit else words[:limit].rstrip()


def _cleaned(cell: str, limit: int, /) -> str:
    return clean_words(unguarded(cell), limit=limit)


def _require_subscribed(cell: str) -> None:
    """An exported list names those who left, too: they must not come back through the window."""
    status = cell.strip().lower()
    if status in _SUBSCRIBED:
        return
    if status in (SubscriptionStatus.PENDING, SubscriptionStatus.UNSUBSCRIBED):
        raise ContentError(_("the file says “{status}”", status=status))
    raise ContentError(_("the status is confirmed, pending or unsubscribed; rename this column if it is yours"))


def _tags(cell: str) -> tuple[str, ...]:
    words = (clean_words(word, limit=LONGEST_NAME) for word in re.split(r"[,;|]", cell))
    return tuple(dict.fromkeys(word for word in words if word))
