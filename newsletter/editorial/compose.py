"""Composing the next issue: which articles it takes, why each was taken or left, and its first draft."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.errors import UsageError
from newsletter.i18n import N_, _, format_date
from newsletter.mistakes import did_you_mean
from newsletter.model import Article, Block, Choice, Issue, Reason, UnreadableArticle
from newsletter.wording import slug

#: Characters: what an inbox shows beside the subject.
PREHEADER_LENGTH = 110
#: Hex digits of an article's sha256 that a block keeps: enough to see a change, short enough to read.
SHA256_DIGITS = 16

#: Reasons that asking for an article overrules: it has a public page, the rules merely find it late.
_OVERRULED = (Reason.ALREADY_SENT, Reason.EXPIRED, Reason.OLD)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What the next issue would take."""

    #: One for every article file: the taken ones newest first, then the others newest first, then unreadable ones.
    choices: tuple[Choice, ...]
    #: Newest first.
    taken: tuple[Article, ...]
    #: Articles published after this moment are new. Aware; None when there is no earlier issue.
    since: datetime | None
    #: Up to which moment articles were considered. Aware.
    cutoff: datetime


@dataclass(frozen=True, kw_only=True)
class _Window:
    """The rules of one selection."""

    planned: date
    zone: ZoneInfo
    since: datetime | None
    #: End of the planned day.
    until: datetime
    #: The latest issue before, unless somebody said since when.
    previous: Issue | None
    #: Article path → the issue that has it.
    sent: Mapping[str, Issue]
    again: frozenset[str]


def choose(
    articles: Sequence[Article | UnreadableArticle],
    issues: Sequence[Issue],
    *,
    planned: date,
    now: datetime,
    zone: ZoneInfo,
    since: datetime | None = None,
    again: Collection[str] = (),
) -> Selection:
    """Judge every article for an issue planned for a day.

    New is what was published after the cut-off of the latest issue dated before that day (or after `since`), up to the
    end of it. The new cut-off is never later than `now`, so that nothing published later is forgotten. `again` names
    articles to take although the rules leave them; raises UsageError when one of them does not exist.
    """
    _refuse_unknown(again, articles)
    window = _window(issues, planned=planned, zone=zone, since=since, again=again)
    readable = sorted((article for article in articles if isinstance(article, Article)), key=_newest_first)
    judged = [(article, _choice(article, window)) for article in readable]
    # Sorting keeps the order among equals: newest first.
    choices = sorted((choice for _article, choice in judged), key=lambda choice: not choice.taken)
    return Selection(
        choices=(*choices, *(_unreadable(one) for one in articles if isinstance(one, UnreadableArticle))),
        taken=tuple(article for article, choice in judged if choice.taken),
        since=window.since,
        cutoff=min(now, window.until).astimezone(zone).replace(microsecond=0),
    )


def _window(
    issues: Sequence[Issue], *, planned: date, zone: ZoneInfo, since: datetime | None, again: Collection[str]
) -> _Window:
    earlier = [issue for issue in issues if issue.date < planned]
    previous = max(earlier, key=lambda issue: (issue.date, issue.id), default=None)
    return _Window(
        planned=planned,
        zone=zone,
        since=since or (_cutoff(previous, zone) if previous else None),
        until=_end_of(planned, zone),
        previous=None if since else previous,
        sent={block.article: issue for issue in issues for block in issue.blocks if block.article},
        again=frozenset(again),
    )


def _cutoff(issue: Issue, zone: ZoneInfo) -> datetime:
    """Up to when an issue looked; one written by hand without a cut-off looked until the end of its day."""
    return issue.cutoff or _end_of(issue.date, zone)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day in the site's time zone: midnight is the hour of articles dated by a mere day."""
    return datetime.combine(day, time(23, 59, 59), zone)


def _newest_first(article: Article) -> tuple[float, str]:
    return -article.date.timestamp(), article.path


def _choice(article: Article, window: _Window) -> Choice:
    reason = _reason(article, window)
    if reason in _OVERRULED and article.path in window.again:
        reason = Reason.ASKED
    return Choice(
        path=article.path,
        title=article.title,
        date=article.date,
        taken=reason in (Reason.NEW, Reason.ASKED),
        reason=reason,
        sentence=_sentence(reason, article, window),
        place=article.place("date" if reason in (Reason.FUTURE, Reason.OLD) else None),
    )


def _reason(article: Article, window: _Window) -> Reason:
    """The first rule that fits. Expired comes before old: it stays true whatever the window."""
    if article.path in window.sent:
        return Reason.ALREADY_SENT
    if article.draft:
        return Reason.DRAFT
    if not article.published:
        return Reason.UNPUBLISHED
    if article.date > window.until:
        return Reason.FUTURE
    if article.deadline and article.deadline < window.planned:
        return Reason.EXPIRED
    if window.since and article.date <= window.since:
        return Reason.OLD
    return Reason.NEW


def _sentence(reason: Reason, article: Article, window: _Window) -> str:
    match reason:
        case Reason.ALREADY_SENT:
            return _("Already in {issue}", issue=_name(window.sent[article.path]))
        case Reason.DRAFT:
            return _("Still a draft")
        case Reason.UNPUBLISHED:
            return _("Not published on the site")
        case Reason.FUTURE:
            return _("Dated {date}, after the day of the mailing", date=_day(article.date, window))
        case Reason.EXPIRED if article.deadline:
            return _("Expired since {date}", date=format_date(article.deadline))
        case Reason.OLD:
            return _("Published before {start}", start=_start(window))
        case Reason.ASKED:
            return _("Taken because you asked for it")
        case _:
            return _("New since {start}", start=_start(window)) if window.since else _("New")


def _start(window: _Window) -> str:
    """Where the window begins, as a person says it: the issue before, or a date."""
    if window.previous:
        return _name(window.previous)
    return _day(window.since, window) if window.since else ""


def _name(issue: Issue) -> str:
    """« le numéro 156 », or the date of an issue without a number."""
    number = issue.parameters.get("number")
    return _("issue {number}", number=number) if number else _("the letter of {date}", date=format_date(issue.date))


def _day(moment: datetime, window: _Window) -> str:
    return format_date(moment.astimezone(window.zone).date())


def _unreadable(article: UnreadableArticle) -> Choice:
    return Choice(
        path=article.path,
        title="",
        date=None,
        taken=False,
        reason=Reason.UNREADABLE,
        sentence=_("Unreadable: {message}", message=article.message),
        place=article.place,
    )


def _refuse_unknown(again: Collection[str], articles: Sequence[Article | UnreadableArticle]) -> None:
    known = [article.path for article in articles]
    for path in again:
        if path not in known:
            raise UsageError(_("no article {path}", path=path), hint=did_you_mean(path, known))


# --- the draft -------------------------------------------------------------------------------------------------


def draft_issue(
    title: str,
    selection: Selection,
    *,
    planned: date,
    list_id: str,
    layout: str,
    previous: Issue | None,
    last_number: Any = None,
) -> Issue:
    """The next issue: lead, cards, calls, each a block to move or remove.

    The lead is the newest article with a picture that is no call; a call is an article whose deadline is still ahead.
    The number follows `last_number`, that of the last issue that has one; greeting and signature of the previous stay.
    """
    lead = _lead(selection.taken, planned)
    first = lead or next(iter(selection.taken), None)
    identifier = f"{planned:%Y-%m-%d}-{slug(title, limit=60) or 'lettre'}"
    return Issue(
        id=identifier,
        file=f"{identifier}.md",
        subject=" ".join(title.split()),
        preheader=shorten(first.description, PREHEADER_LENGTH) if first else "",
        date=planned,
        list=list_id,
        layout=layout,
        since=selection.since,
        cutoff=selection.cutoff,
        blocks=tuple(_blocks(selection.taken, lead, planned)),
        parameters=_carried_over(previous, last_number),
        body=_(PLACEHOLDER),
    )


def shorten(text: str, length: int) -> str:
    """The text, cut at a word and closed by « … » when it is longer than `length` characters."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    if not text[length - 1].isspace():
        cut = cut.rpartition(" ")[0] or cut
    return cut.rstrip(" ,;:.!?–—-«(") + "…"


def is_call(article: Article, planned: date) -> bool:
    """True while one can still apply, register or subscribe on that day."""
    return article.deadline is not None and article.deadline >= planned


def _lead(taken: Sequence[Article], planned: date) -> Article | None:
    candidates = [article for article in taken if not is_call(article, planned)]
    return next((article for article in candidates if article.image), next(iter(candidates), None))


def _blocks(taken: Sequence[Article], lead: Article | None, planned: date) -> Iterator[Block]:
    if lead:
        yield _block("lead", lead)
    rest = [article for article in taken if article is not lead]
    yield from (_block("card", article) for article in rest if not is_call(article, planned))
    yield from (_block("call", article) for article in rest if is_call(article, planned))


def _block(kind: str, article: Article) -> Block:
    return Block(kind=kind, article=article.path, sha256=article.sha256[:SHA256_DIGITS])


def _carried_over(previous: Issue | None, last_number: Any) -> dict[str, Any]:
    """What stays from issue to issue: the next number, how one greets, who signs."""
    before = previous.parameters if previous else {}
    kept: dict[str, Any] = {}
    if isinstance(last_number, int) and not isinstance(last_number, bool):
        kept["number"] = last_number + 1
    kept["greeting"] = before.get("greeting") or _("Hello {{ first_name }},")
    if before.get("signature"):
        kept["signature"] = before["signature"]
    return kept


#: What the editor finds where the editorial goes; a check sees that it is gone before the letter leaves.
PLACEHOLDER = N_(
    "Write your editorial here: what this issue is about, why now, and what you would like readers to open first. "
    "Two or three short paragraphs are enough."
)
