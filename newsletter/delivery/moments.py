"""Reads the hour a person types, and says one: always in the site's time zone, and never one that does not exist."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.errors import UsageError
from newsletter.i18n import _, format_date
from newsletter.settings import seconds


class OddHour(UsageError):  # noqa: N818 - what it is
    """The clocks skip it, or show it twice."""


_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)[ T]+(\d\d?)[:hH](\d\d)?(?::00)?\s*([+-]\d\d:?\d\d|Z)?")


def read_moment(text: str, *, zone: ZoneInfo) -> datetime:
    """`2026-12-01 08:00`, `2026-12-01T8h30`, or with its offset `2026-10-25 02:30+01:00`; UTC.

    Raises UsageError for anything else; OddHour for an hour that the clocks skip, and for one that they show twice.
    """
    match = _WRITTEN.fullmatch(text.strip())
    try:
        if not match:
            raise ValueError
        local = datetime.fromisoformat(f"{match[1]} {int(match[2]):02}:{match[3] or '00'}")
    except ValueError:
        raise UsageError(
            _("“{text}” is not an hour of a day", text=text), hint=_("write for example 2026-12-01 08:00")
        ) from None
    if match[4]:
        return datetime.fromisoformat(f"{local.isoformat()}{match[4]}").astimezone(UTC)
    return _placed(local, zone)


def read_limit(text: str, *, zone: ZoneInfo, start_at: datetime) -> datetime:
    """A moment as `read_moment`, or so long after the start: `48h`, `2d`; raises UsageError."""
    try:
        return start_at + timedelta(seconds=seconds(text))
    except ValueError:
        return read_moment(text, zone=zone)


def read_delay(text: str, *, now: datetime) -> datetime:
    """So long from now: `5m`, `2h`; raises UsageError."""
    try:
        return now + timedelta(seconds=seconds(text))
    except ValueError as error:
        raise UsageError(str(error)) from None


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """« mardi 1er décembre 2026 à 08:00 (Europe/Brussels) »."""
    local = moment.astimezone(zone)
    day = format_date(local.date(), "full")
    return _("{day} at {hour} ({zone})", day=day, hour=f"{local:%H:%M}", zone=zone.key)


def _placed(local: datetime, zone: ZoneInfo) -> datetime:
    """The one moment at which clocks of the zone show this."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    shown = f"{local:%Y-%m-%d %H:%M}"
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        raise OddHour(
            _("{hour} does not exist in {zone}: the clocks go forward over it", hour=shown, zone=zone.key),
            hint=_("choose an hour before or after"),
        )
    choices = [f"{shown}{moment:%z}" for moment in (first, second)]
    raise OddHour(
        _("{hour} comes twice in {zone}: the clocks go back", hour=shown, zone=zone.key),
        hint=_("say which: {first} or {second}", first=choices[0], second=choices[1]),
    )
