"""What a letter cannot carry and the renderer took out: scripts, frames, forms."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _
from newsletter.model import Finding, Level

REMOVED = Rule("element-removed", Level.WARNING, N_("A text holds an element that no letter can carry."))
RULES = table(REMOVED)


def check_removed(inspection: Inspection) -> Iterator[Finding]:
    """One finding for each element that was taken out."""
    hint = _("mail programs forbid it; a picture with a link to the page says the same")
    for key, document in inspection.documents.items():
        for removed in document.removed:
            message = _("The element <{tag}> was taken out: readers will not see it.", tag=removed.tag)
            place = inspection.place_in(key, removed.line)
            yield REMOVED.found(message, place=place, hint=hint, block=inspection.block_of(key))
