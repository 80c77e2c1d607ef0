"""The sentences of a report: what happened to those who did not simply get the letter, one short sentence each."""

from newsletter.delivery.consequences import duration_in_words
from newsletter.delivery.reports import Compared, MailingReport
from newsletter.i18n import current_language, ngettext


def remarks_on(report: MailingReport, own: Compared | None) -> list[str]:
    """What the large sentence does not say; `own` is the mailing among its like."""
    tally = report.tally
    sentences = [
        (tally.later, _later(tally.later)),
        (tally.deferred, _deferred(tally.deferred)),
        (tally.failed, _failed(tally.failed)),
        (tally.skipped, _skipped(tally.skipped)),
        (tally.uncertain, _uncertain(tally.uncertain)),
    ]
    if own and own.mailing.started_at and not own.mailing.rehearsal:
        sentences.append((own.departures, _departures(own.departures, is_final=own.is_final)))
    if not report.complaints.alarm:  # an alarm has a place of its own
        sentences.append((report.complaints.number, report.complaints.sentence))
    return [sentence for number, sentence in sentences if number]


def _later(number: int) -> str:
    return ngettext(
        "{n} mail was put off first, then accepted.", "{n} mails were put off first, then accepted.", number
    )


def _deferred(number: int) -> str:
    return ngettext(
        "{n} mail is put off and will be tried again.", "{n} mails are put off and will be tried again.", number
    )


def _failed(number: int) -> str:
    return ngettext("{n} address was refused.", "{n} addresses were refused.", number)


def _skipped(number: int) -> str:
    return ngettext("{n} person had left meanwhile.", "{n} people had left meanwhile.", number)


def _uncertain(number: int) -> str:
    return ngettext(
        "{n} mail is uncertain and was not sent again.", "{n} mails are uncertain and were not sent again.", number
    )


def _departures(number: int, *, is_final: bool) -> str:
    if is_final:
        return ngettext(
            "{n} person unsubscribed in the week after.", "{n} people unsubscribed in the week after.", number
        )
    return ngettext("{n} person has unsubscribed since.", "{n} people have unsubscribed since.", number)


def time_in_words(seconds: int | None) -> str:
    """How long it took; "" when it is not over."""
    return "" if seconds is None else duration_in_words(seconds)


def percent(number: int, whole: int) -> str:
    """A share with one decimal, never rounded up to all: « 99,9 % »; "" of nothing."""
    if not whole:
        return ""
    tenths = number * 1000 // whole
    shown = f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"
    return f"{shown}%" if current_language() == "en" else f"{shown.replace('.', ',')}\u202f%"
