"""The one sentence said before anything leaves: who, how many, from whom, through what, until when."""

import math
from datetime import datetime

from newsletter.delivery.mailing import estimate_seconds
from newsletter.delivery.moments import moment_in_words
from newsletter.i18n import ngettext
from newsletter.settings import Settings, seconds


def consequences(
    settings: Settings,
    *,
    subject: str,
    list_id: str,
    people: int,
    rehearsal: bool,
    start_at: datetime | None = None,
) -> str:
    """Everything that a « yes » would do, in one translated sentence."""
    chosen, smtp = settings.lists[list_id], settings.smtp
    duration = duration_in_words(foreseen_seconds(settings, people))
    values = {"subject": subject, "list": chosen.title, "sender": chosen.from_, "duration": duration}
    if rehearsal:
        return ngettext(
            "Rehearsal: “{subject}” goes to {n} person of “{list}” in the name of {sender}, to a server on this "
            "machine that keeps what it receives; nothing leaves. About {duration}.",
            "Rehearsal: “{subject}” goes to {n} people of “{list}” in the name of {sender}, to a server on this "
            "machine that keeps what it receives; nothing leaves. About {duration}.",
            people,
            **values,
        )
    server = ", ".join(smtp.servers)
    if start_at:
        return ngettext(
            "“{subject}” goes on {when} to those who are then on “{list}” ({n} person now), in the name of {sender}, "
            "through {server}. About {duration}.",
            "“{subject}” goes on {when} to those who are then on “{list}” ({n} people now), in the name of {sender}, "
            "through {server}. About {duration}.",
            people,
            when=moment_in_words(start_at, settings.site.zone),
            server=server,
            **values,
        )
    return ngettext(
        "“{subject}” goes now to {n} person of “{list}”, in the name of {sender}, through {server}. About {duration}.",
        "“{subject}” goes now to {n} people of “{list}”, in the name of {sender}, through {server}. About {duration}.",
        people,
        server=server,
        **values,
    )


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
