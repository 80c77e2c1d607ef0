"""The subject: there, short enough for a phone, and not shouted."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _, ngettext
from newsletter.model import Finding, Level

#: Characters; beyond, most mail programs cut.
LONGEST = 60
#: Letters; under that, capitals are an acronym.
_ACRONYM = 8

MISSING = Rule("subject-missing", Level.ERROR, N_("The issue has no subject."))
LONG = Rule("subject-long", Level.WARNING, N_("The subject has more than 60 characters."))
CAPITALS = Rule("subject-capitals", Level.WARNING, N_("The subject is written in capitals."))
RULES = table(MISSING, LONG, CAPITALS)


def check_subject(inspection: Inspection) -> Iterator[Finding]:
    """Missing, too long, in capitals."""
    subject = inspection.settled(inspection.mail.subject).strip()
    place = inspection.issue.place("subject")
    if not subject:
        hint = _("write “subject:” at the head of the issue, in the reader's words")
        yield MISSING.found(_("The subject is missing."), place=place, hint=hint)
    if len(subject) > LONGEST:
        message = ngettext(
            "The subject has {n} character: many readers will see its beginning only.",
            "The subject has {n} characters: many readers will see its beginning only.",
            len(subject),
        )
        yield LONG.found(message, place=place, hint=_("aim at 60 characters, the strongest words first"))
    if subject.isupper() and sum(letter.isalpha() for letter in subject) >= _ACRONYM:
        hint = _("write it as a sentence: filters and readers distrust capitals")
        yield CAPITALS.found(_("The subject is all in capitals."), place=place, hint=hint)
