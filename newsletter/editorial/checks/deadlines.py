"""Deadlines: no call that is already closed on the day the letter leaves."""

import datetime as dt
from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.editorial.memory import remembered
from newsletter.i18n import N_, _, format_date, ngettext
from newsletter.model import Article, Block, Finding, Level, Place

#: Days: less leaves a reader hardly the time to answer.
CLOSE = 3

EXPIRED = Rule("deadline-expired", Level.ERROR, N_("A call in the issue closes before the day it is planned for."))
SOON = Rule("deadline-close", Level.WARNING, N_("A call in the issue closes within three days of the mailing."))
RULES = table(EXPIRED, SOON)


def check_deadlines(inspection: Inspection) -> Iterator[Finding]:
    """Compare each deadline with the day the issue is planned for, never with today."""
    for number, block in enumerate(inspection.issue.blocks):
        article = inspection.articles.get(block.article or "")
        deadline = _said_by(block) or (article.deadline if article else None)
        if deadline is None:
            continue
        place = _place(inspection, block, article)
        left = (deadline - inspection.issue.date).days
        if left < 0:
            yield EXPIRED.found(_closed_since(-left), place=place, hint=_hint(inspection, article), block=number)
        elif left <= CLOSE:
            yield SOON.found(_closes_in(left), place=place, hint=_hint(inspection, article), block=number)


def _closed_since(days: int) -> str:
    return ngettext("This call has been closed for {n} day.", "This call has been closed for {n} days.", days)


def _closes_in(days: int) -> str:
    if days == 0:
        return _("This call closes on the very day the letter leaves.")
    return ngettext(
        "This call closes {n} day after the letter leaves.", "This call closes {n} days after the letter leaves.", days
    )


def _hint(inspection: Inspection, article: Article | None) -> str:
    day = format_date(inspection.issue.date)
    if article and article.deadline_words:
        return _("“{words}”; the letter leaves on {day}", words=article.deadline_words, day=day)
    return _("the letter leaves on {day}: remove the block, or correct the deadline", day=day)


def _said_by(block: Block) -> dt.date | None:
    """The deadline that the issue file itself says for this block."""
    value = block.parameters.get("deadline")
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None


def _place(inspection: Inspection, block: Block, article: Article | None) -> Place:
    if article is None or _said_by(block):
        return Place(file=inspection.issue.file, line=block.line, field="deadline")
    if "deadline" in article.lines:
        return article.place("deadline")
    return _where_said(article, article.deadline_words or "")


def _where_said(article: Article, words: str) -> Place:
    """The line that says the words, which may run over its end."""
    offset = _line_saying(article.body, words)
    return article.place("description") if offset is None else Place(file=article.file, line=article.body_line + offset)


@remembered(answers=256)
def _line_saying(text: str, words: str) -> int | None:
    """0-based."""
    start = " ".join(words.split()[:3])
    lines = enumerate(text.splitlines() if start else ())
    return next((number for number, line in lines if start in " ".join(line.split())), None)
