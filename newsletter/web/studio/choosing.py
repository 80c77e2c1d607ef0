"""Whom an issue is for, as the pages let one choose: its list or a segment of it, minus others; all in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from newsletter.errors import NewsletterError
from newsletter.i18n import _
from newsletter.model import Issue, Readership, Segment
from newsletter.web.studio.state import Studio


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the address says, and what can be said instead."""

    readers: Readership
    #: Name of the segment; "" for the whole list.
    to: str
    without: Sequence[str]
    #: Segments of the issue's list.
    segments: Sequence[Segment]
    #: Name → title, of everything that can be left out.
    others: dict[str, str]
    #: Why the choice, or the file of segments, cannot be read.
    error: NewsletterError | None = None

    @property
    def short(self) -> str:
        """Whom it is for, by titles alone."""
        of = self.readers.of
        whom = _("the segment “{title}”", title=of.title) if of.name else _("the whole list")
        left = ", ".join(self.others[name] for name in self.without)
        return _("{readers}, except {others}", readers=whom, others=left) if left else whom

    @property
    def query(self) -> str:
        """The choice as the end of an address; "" for the whole list."""
        return readers_query(self.to, self.without)


def readers_query(to: str, without: Sequence[str]) -> str:
    """A segment and what is left out, as the end of an address; "" for the whole list."""
    said = [*([("to", to)] if to else []), *(("without", name) for name in without)]
    return f"?{urlencode(said)}" if said else ""


def choose_readers(studio: Studio, issue: Issue, to: str, without: Sequence[str]) -> Chosen:
    """The readers that somebody chose; the whole list, and the reason, when that is not possible."""
    project, lists = studio.project, studio.project.settings.lists
    known: dict[str, Segment] = {}
    readers, error = Readership.whole(issue.list), None
    try:
        known = dict(project.segments())
        if to or without:
            readers = project.readership(issue, list_id=issue.list, segment=to, without=without)
    except NewsletterError as mistake:
        error, to, without = mistake, "", ()
    others = {name: one.title for name, one in lists.items() if name != issue.list}
    others |= {name: _("{title} (segment)", title=one.title) for name, one in known.items() if name != to}
    mine = [segment for segment in known.values() if segment.list == issue.list]
    return Chosen(readers=readers, to=to, without=without, segments=mine, others=others, error=error)
