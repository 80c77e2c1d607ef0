"""The preheader: the line a mail program shows after the subject."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _, ngettext
from newsletter.model import Finding, Level

#: Characters: under that the mail program fills the line with whatever comes next.
SHORTEST = 40
#: Characters: what the widest mail programs show.
LONGEST = 130

MISSING = Rule("preheader-missing", Level.ERROR, N_("The issue has no preheader."))
SHORT = Rule("preheader-short", Level.WARNING, N_("The preheader has fewer than 40 characters."))
LONG = Rule("preheader-long", Level.WARNING, N_("The preheader has more than 130 characters."))
REPEATS = Rule("preheader-repeats-subject", Level.WARNING, N_("The preheader says the same as the subject."))
RULES = table(MISSING, SHORT, LONG, REPEATS)


def check_preheader(inspection: Inspection) -> Iterator[Finding]:
    """Missing, too short, too long, or the subject once more."""
    preheader = inspection.settled(inspection.mail.preheader).strip()
    place = inspection.issue.place("preheader")
    if not preheader:
        hint = _("write “preheader:” at the head of the issue: one sentence that continues the subject")
        yield MISSING.found(_("The preheader is missing."), place=place, hint=hint)
        return
    yield from _check_length(inspection, len(preheader))
    if preheader.casefold() == inspection.settled(inspection.mail.subject).strip().casefold():
        hint = _("let it continue the subject: the reader sees both side by side")
        yield REPEATS.found(_("The preheader repeats the subject."), place=place, hint=hint)


def _check_length(inspection: Inspection, length: int) -> Iterator[Finding]:
    place = inspection.issue.place("preheader")
    if length < SHORTEST:
        message = ngettext(
            "The preheader has {n} character only: mail programs will fill the line with the masthead.",
            "The preheader has {n} characters only: mail programs will fill the line with the masthead.",
            length,
        )
        yield SHORT.found(message, place=place, hint=_("aim at 40 to 130 characters"))
    elif length > LONGEST:
        message = ngettext(
            "The preheader has {n} character: its end will be cut.",
            "The preheader has {n} characters: its end will be cut.",
            length,
        )
        yield LONG.found(message, place=place, hint=_("aim at 40 to 130 characters"))
