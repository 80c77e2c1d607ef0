"""The sections in the bar of the studio."""

from dataclasses import dataclass

from newsletter.i18n import _


@dataclass(frozen=True, kw_only=True)
class Section:
    """One entry of the bar on pages that belong to no issue."""

    #: A page says which one it is.
    key: str
    name: str
    path: str


def sections() -> list[Section]:
    """The sections, in the order of the bar. A new one is one line here."""
    return [
        Section(key="issues", name=_("Issues"), path="/"),
        Section(key="subscribers", name=_("Subscribers"), path="/subscribers"),
        Section(key="reports", name=_("Reports"), path="/reports"),
    ]
