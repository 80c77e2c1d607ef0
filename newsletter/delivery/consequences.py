"""The one sentence said before anything leaves: who, how many, from whom, through what, until when."""

import math
from collections.abc import Callable
from datetime import datetime

from newsletter.delivery.mailing import estimate_seconds
from newsletter.delivery.moments import moment_in_words
from newsletter.i18n import _, ngettext
from newsletter.model import Account, Readership, Segment
from newsletter.settings import Settings, seconds


def consequences(
    settings: Settings,
    *,
    subject: str,
    readers: Readership,
    people: int,
    rehearsal: bool,
    start_at: datetime | None = None,
) -> str:
    """Everything that a « yes » would do, in one translated sentence."""
    chosen, smtp = settings.lists[readers.list], settings.smtp
    duration = duration_in_words(foreseen_seconds(settings, people))
    values = {
        "subject": subject,
        "readers": readers_in_words(settings, readers),
        "sender": chosen.from_,
        "duration": duration,
    }
    if rehearsal:
        return ngettext(
            "Rehearsal: “{subject}” goes to {n} person of {readers} in the name of {sender}, to a server on this "
            "machine that keeps what it receives; nothing leaves. About {duration}.",
            "Rehearsal: “{subject}” goes to {n} people of {readers} in the name of {sender}, to a server on this "
            "machine that keeps what it receives; nothing leaves. About {duration}.",
            people,
            **values,
        )
    server = ", ".join(smtp.servers)
    if start_at:
        return ngettext(
            "“{subject}” goes on {when} to those who are then in {readers} ({n} person now), in the name of {sender}, "
            "through {server}. About {duration}.",
            "“{subject}” goes on {when} to those who are then in {readers} ({n} people now), in the name of {sender}, "
            "through {server}. About {duration}.",
            people,
            when=moment_in_words(start_at, settings.site.zone),
            server=server,
            **values,
        )
    return ngettext(
        "“{subject}” goes now to {n} person of {readers}, in the name of {sender}, through {server}. About {duration}.",
        "“{subject}” goes now to {n} people of {readers}, in the name of {sender}, through {server}. About {duration}.",
        people,
        server=server,
        **values,
    )


def readers_in_words(
    settings: Settings, readers: Readership, *, detail: Callable[[Segment], str] = lambda segment: ""
) -> str:
    """« Les Liégeois », segment de la liste « Membres », sauf « Presse »; `detail` adds to the title of a segment."""

    def title(segment: Segment) -> str:
        return _("“{title}”", title=segment_title(settings, segment)) + detail(segment)

    list_title = segment_title(settings, Segment(list=readers.list))
    words = _("the list “{title}”", title=list_title)
    if readers.of.name:
        words = _("{segment}, a segment of the list “{list}”", segment=title(readers.of), list=list_title)
    if readers.without:
        others = [title(each) for each in readers.without]
        words = _("{readers}, except {others}", readers=words, others=_(", ").join(others))
    return words


def segment_title(settings: Settings, segment: Segment) -> str:
    """Its title; that of the list for a whole list."""
    if segment.name or segment.list not in settings.lists:
        return segment.title or segment.name or segment.list
    return settings.lists[segment.list].title


def left_out(settings: Settings, account: Account, readers: Readership) -> list[tuple[str, int]]:
    """Why those of the list who do not get it are left out, in words, and how many; none of nobody."""
    reasons = [
        (_("not confirmed yet"), account.pending),
        (_("unsubscribed"), account.unsubscribed),
        (_("never to mail again"), account.suppressed),
        (_("not in the segment"), account.outside),
    ]
    for segment, number in zip(readers.without, account.without, strict=True):
        reasons.append((_("in “{title}”", title=segment_title(settings, segment)), number))
    reasons.append((_("have this issue already"), account.served))
    return [(why, number) for why, number in reasons if number]


def foreseen_seconds(settings: Settings, people: int) -> int:
    """About how long a mailing to so many takes through the relays and at the pace of the settings."""
    connections = sum(server.connections for server in settings.smtp.servers.values())
    pace = settings.delivery
    return estimate_seconds(people, rate=pace.top_rate, connections=connections, ramp_seconds=seconds(pace.ramp_up))


def duration_in_words(seconds: int) -> str:
    """« 12 secondes », « 31 minutes », « 2 heures »: as precise as an estimate deserves."""
    if seconds < 60:
        return ngettext("{n} second", "{n} seconds", max(seconds, 1))
    if seconds < 5400:
        return ngettext("{n} minute", "{n} minutes", math.ceil(seconds / 60))
    return ngettext("{n} hour", "{n} hours", math.ceil(seconds / 3600))
