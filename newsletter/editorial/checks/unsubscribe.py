"""Leaving must be one click away, in both parts of every letter (RFC 8058; GDPR art. 7.3)."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _
from newsletter.model import Finding, Level

#: The merge field that holds the reader's own address for leaving.
FIELD = "unsubscribe_url"

MISSING = Rule(
    "unsubscribe-missing", Level.ERROR, N_("The HTML or the text part has no unsubscribe link."), ignorable=False
)
RULES = table(MISSING)


def check_unsubscribe(inspection: Inspection) -> Iterator[Finding]:
    """The link in the HTML, the address in the text."""
    tokens = [field.token for field in inspection.mail.fields if field.name == FIELD]
    links = {tag.attributes.get("href", "") for tag in inspection.tags if tag.name == "a"}
    place = inspection.issue.place("layout")
    hint = _("the layout's footer must link to unsubscribe_url, in layout.mjml and in layout.txt")
    if links.isdisjoint(tokens):
        yield MISSING.found(_("The HTML part has no unsubscribe link."), place=place, hint=hint)
    if not any(token in inspection.mail.text for token in tokens):
        yield MISSING.found(_("The text part has no unsubscribe link."), place=place, hint=hint)
