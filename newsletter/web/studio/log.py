"""The log of a mailing in words, newest first, by day."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import groupby

from newsletter.i18n import _, format_date, ngettext, of
from newsletter.model import MailingEvent, MailingEventKind
from newsletter.web.pages import clock, when

#: The hour and the words of each entry.
Entries = list[tuple[str, str]]


def log_by_day(events: Sequence[MailingEvent], *, zone: tzinfo) -> Iterator[tuple[str, Entries]]:
    """Each day in words, "" for today, with its entries."""
    today = datetime.now(zone).date()
    for day, of_day in groupby(events, key=lambda event: event.at.astimezone(zone).date()):
        entries = [(clock(event.at.astimezone(zone)), in_words(event, zone=zone)) for event in of_day]
        yield "" if day == today else format_date(day, "EEEE d MMMM"), entries


def in_words(event: MailingEvent, *, zone: tzinfo) -> str:
    """What happened, one sentence without its stop."""
    sentence = _of_a_kind(event, zone)
    return sentence[:1].upper() + sentence[1:]


def _of_a_kind(event: MailingEvent, zone: tzinfo) -> str:
    match event.kind:
        case MailingEventKind.PLANNED if event.start_at:
            return _("Planned for {when}", when=when(event.start_at.astimezone(zone)))
        case MailingEventKind.STARTED if event.words:
            return _("Departure, with the approval {of_name}", of_name=of(event.words))
        case MailingEventKind.RECOVERED if event.number:
            return ngettext(
                "It had been interrupted: {n} mail is uncertain",
                "It had been interrupted: {n} mails are uncertain",
                event.number,
            )
        case MailingEventKind.KEPT:
            return ngettext("{n} uncertain mail left as it is", "{n} uncertain mails left as they are", event.number)
        case MailingEventKind.RESENT:
            return ngettext("{n} uncertain mail to be sent again", "{n} uncertain mails to be sent again", event.number)
        case _:
            return event.words or _plain(event.kind)


def _plain(kind: MailingEventKind) -> str:
    return {
        MailingEventKind.STARTED: _("Departure"),
        MailingEventKind.RESUMED: _("Resumed where it was; nobody gets it twice"),
        MailingEventKind.PAUSED: _("Paused"),
        MailingEventKind.RECOVERED: _("It had been interrupted; nothing is uncertain"),
        MailingEventKind.FINISHED: _("Finished"),
        MailingEventKind.CANCELLED: _("Given up"),
    }.get(kind, "")
