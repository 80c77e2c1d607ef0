"""The segments of a list as Abonnés shows them: each with its people, and the one that the address names."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import _
from newsletter.model import Segment
from newsletter.web.studio.state import Studio


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """What can be chosen, and what is."""

    #: Each with how many a letter to it would reach now.
    segments: Sequence[tuple[Segment, int]] = ()
    chosen: Segment | None = None
    #: The conditions of the chosen one, a phrase each.
    rule: Sequence[str] = ()
    #: Why the file of segments, or the chosen one, cannot be read: the whole list is shown.
    error: NewsletterError | None = None


def narrow(studio: Studio, list_id: str, name: str) -> Narrowing:
    """The segments of the list, one of them chosen when there is a name."""
    project = studio.project
    try:
        mine = [one for one in project.segments().values() if one.list == list_id]
        segments = [(one, project.segment_size(one)) for one in mine]
    except NewsletterError as error:
        return Narrowing(error=error)
    try:
        chosen = _of_list(project.segment(name), list_id) if name else None
    except NewsletterError as error:
        return Narrowing(segments=segments, error=error)
    rule = project.segment_in_words(chosen) if chosen else ()
    return Narrowing(segments=segments, chosen=chosen, rule=rule)


def _of_list(segment: Segment, list_id: str) -> Segment:
    if segment.list != list_id:
        raise UsageError(_("the segment {segment} is of the list {list}", segment=segment.name, list=segment.list))
    return segment
