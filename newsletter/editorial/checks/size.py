"""The weight of the HTML: Gmail cuts a mail after 102 kB, and the unsubscribe link with it."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _, format_number
from newsletter.model import Finding, Level

#: Bytes of HTML: Gmail shows no more.
LIMIT = 102_400
#: Bytes of HTML: from here on, one more block may be too many.
NEAR = 92_000

OVER = Rule("size-over-limit", Level.ERROR, N_("The HTML weighs more than 102,400 bytes."), ignorable=False)
CLOSE = Rule("size-near-limit", Level.WARNING, N_("The HTML weighs more than 92,000 bytes."))
RULES = table(OVER, CLOSE)


def check_size(inspection: Inspection) -> Iterator[Finding]:
    """Bytes of the HTML as one reader gets it."""
    size = len(inspection.settled_bytes)
    place = inspection.issue.place("blocks")
    weight = format_number(round(size / 1000, 1))
    hint = _("show a card instead of a whole article, or keep one for the next issue")
    if size > LIMIT:
        message = _("The HTML weighs {weight} kB, over 102: Gmail will cut the end of the letter.", weight=weight)
        yield OVER.found(message, place=place, hint=hint)
    elif size > NEAR:
        message = _("The HTML weighs {weight} kB; from 102 on, Gmail cuts the end of the letter.", weight=weight)
        yield CLOSE.found(message, place=place, hint=hint)
