"""The editor's own words: written, not the sentence that a new issue starts with."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.editorial.compose import PLACEHOLDER
from newsletter.i18n import LANGUAGES, N_, _, speaking
from newsletter.model import Finding, Level, Place

UNWRITTEN = Rule("editorial-unwritten", Level.ERROR, N_("The editorial is still the sentence a new issue starts with."))

RULES = table(UNWRITTEN)


def check_editorial(inspection: Inspection) -> Iterator[Finding]:
    """The placeholder of a new issue, in any of our languages."""
    issue = inspection.issue
    if any(sentence in issue.body for sentence in _placeholders()):
        yield UNWRITTEN.found(
            _("The editorial is still to be written."),
            place=Place(file=issue.file, line=issue.body_line),
            hint=_("write your own words in their place, or nothing (in the file, below the second ---)"),
        )


def _placeholders() -> Iterator[str]:
    for language in LANGUAGES:
        with speaking(language):
            yield _(PLACEHOLDER)
