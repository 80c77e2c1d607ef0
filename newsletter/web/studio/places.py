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
    #: What leads to it from a page that says only what is wrong.
    back: str
    #: First steps of the paths of its pages.
    holds: tuple[str, ...] = ()


def sections() -> list[Section]:
    """The sections, in the order of the bar. A new one is one line here."""
    return [
        Section(key="issues", name=_("Issues"), path="/", back=_("Back to the issues")),
        Section(
            key="subscribers",
            name=_("Subscribers"),
            path="/subscribers",
            back=_("Back to the subscribers"),
            holds=("subscribers", "imports", "segments"),
        ),
        Section(key="reports", name=_("Reports"), path="/reports", back=_("Back to the reports"), holds=("reports",)),
    ]


def section_of(path: str) -> Section:
    """Where a page belongs: what is of no other section is of the issues."""
    first, *others = sections()
    step = path.split("/")[1]
    return next((section for section in others if step in section.holds), first)
