"""The home page: the issue in hand, those before it, and the rehearsals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError
from newsletter.i18n import N_, _, format_number, ngettext
from newsletter.model import MailingState

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.model import Article, Counts, Issue, Mailing
    from newsletter.settings import Site
    from newsletter.web.studio.project import StudioProject


@dataclass(frozen=True, kw_only=True)
class Departure:
    """What became of an issue that left, or is to leave, over all its real mailings."""

    #: The last mailing.
    mailing: Mailing
    #: When the first began, or is to. Aware.
    at: datetime
    #: How many mails a server took.
    sent: int
    #: False while one of them is planned, under way, paused or interrupted.
    is_over: bool
    #: Nothing has left yet.
    is_planned: bool
    #: How many mails wait for somebody to decide, and in which mailing; nobody can say that these came once.
    uncertain: int = 0
    undecided: Mailing | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One issue on the shelf."""

    issue: Issue
    #: Path of its cover picture on the studio, or None.
    cover: str | None = None
    #: None when it never left, and is not planned to.
    left: Departure | None = None


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """One mailing to the loopback server."""

    mailing: Mailing
    #: How many mails arrived.
    received: int
    #: Subject of its issue; the name of the file once that is gone.
    called: str


@dataclass(frozen=True, kw_only=True)
class Home:
    """Everything on the page, or what the files alone say of it."""

    #: False: what was sent, and the rehearsals, are not known yet.
    whole: bool = True
    #: The next one to leave, or the last one that left; None on a blank project.
    current: Row | None = None
    previous: Sequence[Row] = ()
    rehearsals: Sequence[Rehearsal] = ()
    #: Those put away, newest first.
    archived: Sequence[Row] = ()
    #: How many articles the next issue would take; None when that cannot be told.
    waiting: int | None = None
    #: What could not be read: the rest of the page lives on.
    errors: Sequence[NewsletterError] = ()

    @property
    def shelf(self) -> Sequence[Row]:
        """All that are not put away."""
        return (self.current, *self.previous) if self.current else self.previous


_OVER = (MailingState.FINISHED, MailingState.CANCELLED)
#: A sentence begins with a word, not with a figure, as long as the number has a short name.
_NUMBERS = (N_("One"), N_("Two"), N_("Three"), N_("Four"), N_("Five"), N_("Six"), N_("Seven"), N_("Eight"), N_("Nine"))


def waiting_sentence(articles: int) -> str:
    """What the page says while there is no letter: « Quatre articles attendent leur première lettre. »"""
    number = _(_NUMBERS[articles - 1]) if articles <= len(_NUMBERS) else format_number(articles)
    return ngettext(
        "{number} article is waiting for its first letter.",
        "{number} articles are waiting for their first letter.",
        articles,
        number=number,
    )


def make_home(project: StudioProject, *, key: str, whole: bool = True) -> Home:
    """Read the shelf; an error of one room hides nothing of the others. In part: only what the files say."""
    errors: list[NewsletterError] = []
    issues: Sequence[Issue] = ()
    try:
        issues = project.issues()
    except NewsletterError as error:
        errors.append(error)
    whole = whole or not (issues or errors)  # there is nothing to say of an empty shelf
    left, rehearsals = _mailings(project, issues, errors) if whole and (issues or errors) else ({}, ())
    articles = _articles(project) if issues else {}
    covers = {issue.id: _cover(issue, articles, site=project.settings.site, key=key) for issue in issues}
    shelf = [Row(issue=issue, cover=covers[issue.id], left=left.get(issue.id)) for issue in issues]
    rows = [row for row in shelf if not row.issue.archived]
    current = _current(rows)
    return Home(
        whole=whole,
        current=current,
        previous=[row for row in reversed(rows) if row is not current],
        archived=[row for row in reversed(shelf) if row.issue.archived],
        waiting=_waiting(project),
        rehearsals=rehearsals,
        errors=errors,
    )


def _mailings(
    project: StudioProject, issues: Sequence[Issue], errors: list[NewsletterError]
) -> tuple[Mapping[str, Departure], Sequence[Rehearsal]]:
    """What became of the issues, and the rehearsals; nothing, and one more error, when the store is out of reach."""
    try:
        mailings = project.mailings()
        left = departures((one, project.counts(one)) for one in mailings if not one.rehearsal)
        return left, _rehearsals(project, mailings, issues)
    except NewsletterError as error:
        errors.append(error)
        return {}, ()


def _waiting(project: StudioProject) -> int | None:
    try:
        return len(project.choose(project.today(), drafting=True).taken)
    except NewsletterError:
        return None


def _articles(project: StudioProject) -> Mapping[str, Article]:
    try:
        return project.articles()
    except NewsletterError:
        return {}


def _cover(issue: Issue, articles: Mapping[str, Article], *, site: Site, key: str) -> str | None:
    """The first picture of an issue, as the studio serves it."""
    shown = (articles[path] for block in issue.blocks if (path := block.article or "") in articles)
    pictures = (local_picture(article, site, key) for article in shown)
    return next((path for path in pictures if path), None)


def local_picture(article: Article, site: Site, key: str) -> str | None:
    """Where the studio serves an article's picture from; None when it has no file here."""
    prefix = f"{site.url}/uploads/"
    image = article.image
    if image is None or image.size is None or not image.url.startswith(prefix):
        return None
    return f"/kept/{key}/uploads/{image.url.removeprefix(prefix)}"


def _current(rows: Sequence[Row]) -> Row | None:
    """The next unsent one after the last that left; without any, the last."""
    last_sent = max((row.issue.date for row in rows if _has_left(row)), default=None)
    waiting = [row for row in rows if not _has_left(row) and (last_sent is None or row.issue.date >= last_sent)]
    return waiting[-1] if waiting else (rows[-1] if rows else None)


def _has_left(row: Row) -> bool:
    return bool(row.left and not row.left.is_planned)


def departures(counted: Iterable[tuple[Mailing, Counts]]) -> dict[str, Departure]:
    """Issue → what became of it; those that neither left nor are planned are not there. The newest mailing is first."""
    found: dict[str, Departure] = {}
    for mailing, counts in counted:
        if mailing.rehearsal or not (mailing.is_frozen or mailing.state not in _OVER):
            continue  # a departure that was cancelled before it began is none
        later = found.get(mailing.issue)
        undecided = later.undecided if later else None
        found[mailing.issue] = Departure(
            mailing=later.mailing if later else mailing,
            at=mailing.started_at or mailing.start_at or mailing.created_at,
            sent=counts.sent + (later.sent if later else 0),
            is_over=mailing.state in _OVER and (later is None or later.is_over),
            is_planned=not mailing.is_frozen and (later is None or later.is_planned),
            uncertain=counts.uncertain + (later.uncertain if later else 0),
            undecided=undecided or (mailing if counts.uncertain else None),
        )
    return found


def _rehearsals(project: StudioProject, mailings: Sequence[Mailing], issues: Sequence[Issue]) -> list[Rehearsal]:
    subjects = {issue.id: issue.subject for issue in issues}
    return [
        Rehearsal(
            mailing=mailing,
            received=len(project.rehearsed(mailing.id)),
            called=subjects.get(mailing.issue) or mailing.issue,
        )
        for mailing in mailings
        if mailing.rehearsal
    ]
