"""The segments of a list as Abonnés shows them, and the one that the address names."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.model import Segment
from newsletter.web.studio.state import Studio


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """What can be chosen, and what is."""

    segments: Sequence[Segment] = ()
    chosen: Segment | None = None
    #: The conditions of the chosen one, a phrase each.
    rule: Sequence[str] = ()
    #: Why the file of segments, or the chosen one, cannot be read: the whole list is shown.
    error: NewsletterError | None = None


def narrow(studio: Studio, list_id: str, name: str) -> Narrowing:
    """The segments of the list, one of them chosen when there is a name."""
    project = studio.project
    try:
        segments = [one for one in project.segments().values() if one.list == list_id]
    except NewsletterError as error:
        return Narrowing(error=error)
    try:
        chosen = segment_of(studio, list_id, name) if name else None
    except NewsletterError as error:
        return Narrowing(segments=segments, error=error)
    rule = project.segment_in_words(chosen) if chosen else ()
    return Narrowing(segments=segments, chosen=chosen, rule=rule)


def segment_of(studio: Studio, list_id: str, name: str) -> Segment:
    """A segment of the list; raises UsageError when it is none, or names what nobody has."""
    segment = studio.project.segment(name)
    if segment.list != list_id:
        raise UsageError(_("the segment {segment} is of the list {list}", segment=segment.name, list=segment.list))
    return segment
