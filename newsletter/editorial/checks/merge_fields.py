"""Merge fields: none left open, and no template's braces in what a reader gets."""

import os
import re
from collections.abc import Iterator
from html import unescape

from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.rules import Rule, table
from newsletter.i18n import N_, _
from newsletter.model import Finding, Level, Place

UNRESOLVED = Rule(
    "unresolved-field", Level.ERROR, N_("The letter still holds a merge field or a template's braces."), ignorable=False
)
LITERAL = Rule("braces-in-article", Level.WARNING, N_("An article holds braces, shown to readers as they are."))
RULES = table(UNRESOLVED, LITERAL)

_BRACES = re.compile(r"\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|<mj-[a-z-]+", re.S)
#: What each of these begins with: looked for first, as it is quick and most letters hold none.
_SIGNS = (b"{{", b"{%", b"<mj-")
#: Letters and digits: a shorter common beginning of tokens would be found in ordinary words.
_SHORTEST_PREFIX = 8


def check_merge_fields(inspection: Inspection) -> Iterator[Finding]:
    """What remains open once every declared field has its value."""
    found: dict[str, None] = {}
    mail = inspection.mail
    for part in map(inspection.settled, (mail.subject, mail.preheader, mail.text)):
        found.update(dict.fromkeys(_left_open(inspection, part, part.encode("utf-8", "surrogatepass"))))
    found.update(dict.fromkeys(_left_open(inspection, inspection.settled_html, inspection.settled_bytes)))
    for braces in found:
        yield _explain(inspection, braces)


def _left_open(inspection: Inspection, settled: str, content: bytes) -> Iterator[str]:
    """`content` is the same in bytes, which are searched faster."""
    if any(sign in content for sign in _SIGNS):
        for match in _BRACES.finditer(settled):
            yield " ".join(unescape(match[0]).split())
    prefix = os.path.commonprefix(list(inspection.tokens))  # noqa: RUF071 - letters are what is compared
    if len(inspection.tokens) > 1 and len(prefix) >= _SHORTEST_PREFIX and prefix.encode() in content:
        yield from re.findall(rf"{re.escape(prefix)}[A-Za-z0-9]*", settled)


def _explain(inspection: Inspection, braces: str) -> Finding:
    """An article may speak of braces; the editor and the layout may not leave any."""
    for path, article in inspection.articles.items():
        texts = (article.title, article.description, article.body)
        if any(_tight(braces) in _tight(text) for text in texts):
            message = _("Readers will see {braces} as it is: no merge field works in an article.", braces=braces)
            place = Place(file=article.file, line=_line(article.body, braces, article.body_line))
            hint = _("remove it, unless the article is about such signs")
            return LITERAL.found(message, place=place, hint=hint, block=inspection.block_of(path))
    message = _("{braces} is not filled in: readers would see it as it is.", braces=braces)
    hint = _("a merge field is written {example}; see the fields your list declares", example="{{ first_name }}")
    return UNRESOLVED.found(message, place=_place_in_issue(inspection, braces), hint=hint)


def _place_in_issue(inspection: Inspection, braces: str) -> Place:
    issue = inspection.issue
    for key in ("subject", "preheader"):
        if _tight(braces) in _tight(getattr(issue, key)):
            return issue.place(key)
    if _tight(braces) in _tight(issue.body):
        return Place(file=issue.file, line=_line(issue.body, braces, issue.body_line))
    for block in issue.blocks:
        if any(_tight(braces) in _tight(str(value)) for value in block.parameters.values()):
            return Place(file=issue.file, line=block.line)
    return issue.place("layout")


def _tight(text: str) -> str:
    """Without any blank: typography may have moved them."""
    return "".join(text.split())


def _line(text: str, braces: str, first: int) -> int | None:
    lines = enumerate(text.splitlines(), start=first)
    return next((number for number, line in lines if _tight(braces) in _tight(line)), None)
