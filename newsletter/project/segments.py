"""The desk's verbs for segments: what they are, who fits them, and whom a mailing is for."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from newsletter.errors import ChangedMeanwhile, UsageError
from newsletter.i18n import _
from newsletter.mistakes import did_you_mean
from newsletter.model import Readership, Segment
from newsletter.project.desk import Desk

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from newsletter.delivery.approval import Audience
    from newsletter.model import AudienceChange, Issue, Vocabulary


class SegmentDesk(Desk):
    """Saved filters on the lists."""

    @cached_property
    def _segments_file(self) -> Path:
        from newsletter.audience.segments import FILE_NAME

        return self.folder / FILE_NAME

    def segments(self) -> Mapping[str, Segment]:
        """Name → segment, as the file says them now; raises ContentError at the line that is wrong."""
        from newsletter.audience.segments import read_segments

        return read_segments(self._segments_file, lists=self.settings.lists, zone=self.settings.site.zone)

    def segment(self, name: str) -> Segment:
        """One segment; raises UsageError when there is none, or when it names what nobody on its list has."""
        known = self.segments()
        if name not in known:
            raise _unknown(_("no segment {name} in segments.toml", name=name), name, known)
        self.require_known(known[name])
        return known[name]

    def make_segment(self, name: str, said: Mapping[str, Any]) -> Segment:
        """A segment out of what a form says, as the file would; raises ContentError. Nothing is written."""
        from newsletter.audience.segments import make_segment

        return make_segment(name, said, lists=self.settings.lists, zone=self.settings.site.zone)

    def segment_version(self, name: str) -> str:
        """What the file says of a segment now, as one text: for whoever changes it to say what they saw."""
        from newsletter.audience.segments import version_of

        return version_of(self.segments().get(name))

    def save_segment(self, segment: Segment, *, version: str) -> None:
        """Keep it in the file, under its name, if that has this version; raises as `segment` for what nobody has.

        Raises ChangedMeanwhile when somebody else wrote another one meanwhile, or took it away.
        """
        from newsletter.audience.segments import write_segment

        self.require_known(segment)
        with self._sorting:
            self._require_version(segment.name, version)
            write_segment(self._segments_file, segment, zone=self.settings.site.zone)

    def forget_segment(self, name: str, *, version: str) -> None:
        """Take it out of the file, as `save_segment`; mailings made for it keep their own copy."""
        from newsletter.audience.segments import forget_segment

        with self._sorting:
            self._require_version(name, version)
            forget_segment(self._segments_file, name)

    @cached_property
    def _sorting(self) -> threading.Lock:
        """One change of the file at a time: two tabs of one studio are two threads."""
        return threading.Lock()

    def _require_version(self, name: str, version: str) -> None:
        present, file = self.segment_version(name), self._segments_file
        if present != version:
            changed_at = file.stat().st_mtime if file.exists() else 0.0
            raise ChangedMeanwhile(file.name, version=present, changed_at=changed_at)

    def require_known(self, segment: Segment) -> None:
        """Raises UsageError for a tag, a field or an issue that nobody on its list ever had: it may be misspelt."""
        for kind, name in self.audience.strangers(segment):
            words = self.audience.vocabulary(segment.list)
            if kind == "tag":
                message = _("segment {segment}: nobody on its list has the tag {tag}", segment=segment.name, tag=name)
                raise _unknown(message, name, list(words.tags)[:_TOLD])
            message = _("segment {segment}: nobody on its list has a field {field}", segment=segment.name, field=name)
            raise _unknown(message, name, ["first_name", "last_name", *words.fields])
        issues = self._issue_names() if segment.sent or segment.not_sent else ()
        for name in (*segment.sent, *segment.not_sent):
            if name not in issues:
                raise _unknown(_("segment {segment}: no issue {name}", segment=segment.name, name=name), name, issues)

    def _issue_names(self) -> list[str]:
        """Ids of the issues that there are, or were when they were sent."""
        files = (path.stem for path in (self.folder / self.settings.content.issues).glob("*.md"))
        return sorted({*files, *(mailing.issue for mailing in self.deliveries.mailings())})

    def segment_in_words(self, segment: Segment) -> Sequence[str]:
        """Its conditions, one phrase each."""
        from newsletter.audience.segments import in_words

        return in_words(segment, zone=self.settings.site.zone)

    def readers_in_words(self, readers: Readership) -> str:
        """Titles and conditions: what a readership is, in full."""
        from newsletter.delivery.consequences import readers_in_words

        def detail(segment: Segment) -> str:
            phrases = self.segment_in_words(segment)
            return f" ({_(', ').join(phrases)})" if phrases else ""

        return readers_in_words(self.settings, readers, detail=detail)

    def vocabulary(self, list_id: str) -> Vocabulary:
        """The tags and fields of the people of a list."""
        return self.audience.vocabulary(list_id)

    def segment_size(self, segment: Segment) -> int:
        """How many a letter to the segment would reach now."""
        return self.segment_sizes(segment.list, [segment])[0]

    def segment_sizes(self, list_id: str, segments: Sequence[Segment]) -> Sequence[int]:
        """How many a letter to each of these segments of the list would reach now."""
        return self.audience.segment_sizes(list_id, segments)

    def _audience(self, readers: Readership) -> Audience:
        from newsletter.delivery.approval import Audience

        count = partial(self.audience.readers_digest, readers)
        if readers.is_whole:
            return Audience(list=readers.list, count=count)
        return Audience(list=readers.list, rule=readers.key, words=self.readers_in_words(readers), count=count)

    def _change(self, readers: Readership, since: datetime) -> AudienceChange:
        if readers.is_whole:
            return self.audience.audience_change(readers.list, since)
        return self.audience.readers_change(readers, since)

    def readership(
        self, issue: Issue, *, list_id: str = "", segment: str = "", without: Sequence[str] = ()
    ) -> Readership:
        """Whom a mailing of the issue is for; raises UsageError for a list or a segment that there is not."""
        of = self.segment(segment) if segment else Segment(list=list_id or issue.list)
        self.mailing_list(of.list)
        if list_id and of.list != list_id:
            raise UsageError(
                _("the segment {segment} is of the list {list}", segment=segment, list=of.list),
                hint=_("leave out --list, or write --list {list}", list=of.list),
            )
        return Readership(of=of, without=tuple(self._left_out(name, of) for name in dict.fromkeys(without)))

    def _left_out(self, name: str, of: Segment) -> Segment:
        if name in (of.name, of.list):
            raise UsageError(_("nobody is left when {name} is left out", name=name))
        if name in self.settings.lists:
            return Segment(list=name)
        if name not in (known := self.segments()):
            message = _("no list and no segment is called {name}", name=name)
            raise _unknown(message, name, [*self.settings.lists, *known])
        return self.segment(name)


#: Names in the hint when none is near.
_TOLD = 20


def _unknown(message: str, name: str, known: Sequence[str] | Mapping[str, Any]) -> UsageError:
    nearest = did_you_mean(name, known) or _("known: {names}", names=", ".join(known) or "—")
    return UsageError(message, hint=nearest)
