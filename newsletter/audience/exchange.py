"""Lists come in and go out as CSV, and one person's data as a record."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from newsletter.atomic import replacing
from newsletter.audience.addresses import LONGEST_NAME, clean_words
from newsletter.audience.columns import TOLD, guarded, guess_meanings, read_columns, unguarded
from newsletter.audience.misspelt import Domains
from newsletter.audience.sheets import read_sheet
from newsletter.audience.subscriptions import require_consent
from newsletter.errors import UsageError
from newsletter.i18n import _, format_date
from newsletter.mistakes import system_reason
from newsletter.model import Column, Consent, ImportReport, KeptOut, Listed, Refusal, Search, SuppressionReason
from newsletter.ports import AudienceStore

_NO_PROOF = ("", "", "")
_COLUMNS = ("email", "first_name", "last_name", "tags", "status", *TOLD)


# --- in --------------------------------------------------------------------------------------------------------


#: Rows in which an example of each column is looked for.
_EXAMPLES = 20


def file_columns(path: Path) -> list[Column]:
    """The columns of a file as they would be taken; raises ContentError when it is no table."""
    sheet = read_sheet(path)
    rows = [record.cells for record in islice(sheet.records, _EXAMPLES)]
    header = sheet.header.cells
    return [
        Column(header=unguarded(name).strip(), meaning=meaning, example=_example(rows, at))
        for at, (name, meaning) in enumerate(zip(header, guess_meanings(header), strict=True))
    ]


def _example(rows: Iterable[Sequence[str]], at: int) -> str:
    cells = (clean_words(unguarded(cells[at]), limit=LONGEST_NAME) for cells in rows if at < len(cells))
    return next(filter(None, cells), "")


def import_csv(
    path: Path,
    *,
    store: AudienceStore,
    list_id: str,
    consent_text: str,
    now: datetime,
    columns: Sequence[str] = (),
    dry_run: bool = False,
) -> ImportReport:
    """Take a file into a list, in one transaction; `dry_run` reports the same and writes nothing.

    `columns` are what somebody chose for each (see `read_columns`); without it the header decides. Bad rows are
    refused one by one, with line and reason; whoever unsubscribed or is suppressed stays out; a second import of the
    same file changes nothing. Raises UsageError without a consent text, ContentError when the file as a whole cannot
    be used.
    """
    words = require_consent(consent_text)
    sheet = read_sheet(path)
    consent = Consent(text=words, source=f"import: {path.name} (sha256 {sheet.sha256})", at=now)
    refused: list[Refusal] = []
    domains = Domains()
    rows = domains.watching(read_columns(sheet, columns).rows(sheet.parts, refused))
    report = store.import_rows(rows, list_id=list_id, consent=consent, dry_run=dry_run)
    told = tuple(sorted((*refused, *report.refused), key=lambda refusal: refusal.line))
    return replace(report, refused=told, doubts=tuple(domains.doubts()))


def why_kept_out(one: KeptOut, *, zone: ZoneInfo) -> str:
    """What keeps somebody out of an import, and the day of it, where the magazine is."""
    why = {
        None: _("unsubscribed from this list"),
        SuppressionReason.BOUNCED: _("never to be mailed again: letters to it came back"),
        SuppressionReason.COMPLAINED: _("never to be mailed again: a letter was reported as spam"),
        SuppressionReason.ERASED: _("never to be mailed again: erased"),
        SuppressionReason.ASKED: _("never to be mailed again: on request"),
    }[one.reason]
    return _("{why}, on {day}", why=why, day=format_date(one.since.astimezone(zone).date()))


# --- out -------------------------------------------------------------------------------------------------------


def export_csv(target: Path | TextIO, *, store: AudienceStore, list_id: str) -> int:
    """Write a list, everybody with their status and consent; returns how many people.

    UTF-8 with its mark, `;` and CRLF: French Excel opens it by a double click. No cell can run as a formula, and
    `import_csv` takes the file back as it was. A file appears whole or not at all, readable by its owner alone.
    """
    if not isinstance(target, Path):
        return _write(target, store, list_id)
    try:
        with replacing(target, mode=0o600) as draft, draft.open("w", encoding="utf-8", newline="") as file:
            return _write(file, store, list_id)
    except OSError as error:
        raise UsageError(_("{file} cannot be written: {reason}", file=target, reason=system_reason(error))) from None


def _write(file: TextIO, store: AudienceStore, list_id: str) -> int:
    return sum(file.write(line) and 1 for line in csv_of_list(store, list_id)) - 1


def csv_of_list(store: AudienceStore, list_id: str, search: Search | None = None) -> Iterator[str]:
    """The header, then one line a person: of everybody on the list, or of those who are looked for on it."""
    # Two passes over the store, one to learn the columns: memory stays flat however long the list.
    fields = sorted(store.field_names(list_id))
    return csv_lines([*_COLUMNS, *fields], _cells(store.members(list_id, search), fields))


def csv_lines(header: Sequence[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table as French Excel opens it, line by line; no cell under the header runs as a formula."""
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    yield "\ufeff" + lines.pop()
    for row in rows:
        writer.writerow(guarded(row))
        yield lines.pop()


class _Lines:
    """Where `csv.writer` writes, so that its lines can be had one by one."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _cells(people: Iterable[Listed], fields: list[str]) -> Iterator[list[str]]:
    said, proof = None, _NO_PROOF
    for email, first_name, last_name, tags, own, status, consent in people:
        if consent is not said:  # thousands who came by one file have the same
            said = consent
            proof = (consent.text, consent.source, consent.at.isoformat()) if consent else _NO_PROOF
        others = [own.get(name, "") for name in fields]
        yield [email, first_name, last_name, ", ".join(tags) if tags else "", status, *proof, *others]


# --- one person ------------------------------------------------------------------------------------------------


def person_record(store: AudienceStore, email: str) -> dict[str, Any]:
    """Everything that is kept about one person, ready for JSON (GDPR art. 15 and 20); raises UsageError when unknown.

    `{email, first_name, last_name, tags, fields, created_at, suppressed, subscriptions, events, letters}`; an address
    that is only suppressed has `email` and `suppressed` alone. Times are ISO 8601.
    """
    suppressed = store.is_suppressed(email)
    person = store.find(email)
    if person is None and not suppressed:
        raise UsageError(_("nobody has the address {email}", email=email))
    if person is None:
        return {"email": email, "suppressed": True}
    record = asdict(person) | {
        "suppressed": suppressed,
        "subscriptions": [asdict(each) for each in store.subscriptions(person.id)],
        "events": [asdict(each) for each in store.events(person.id)],
        "letters": [
            {"at": each.at, "list": each.list, "segment": segment, "issue": each.detail, "state": each.kind}
            for each, segment in store.letters(person.id)
        ],
    }
    return {name: _plain(value) for name, value in record.items() if name != "id"}


def _plain(value: Any) -> Any:
    """Times as text, in whatever depth."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
