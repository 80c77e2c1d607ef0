"""An issue without a fault, to be spoilt one fault at a time."""

import datetime as dt
from dataclasses import replace
from typing import Any

from newsletter.editorial.checks import Inspection, run_checks
from newsletter.model import Article, Block, Finding, Image, Issue, MergeField, RenderedMail
from newsletter.settings import Site

LEAVE = MergeField(token="nlq7f3k0e9x0001z", name="unsubscribe_url")
HELLO = MergeField(token="nlq7f3k0e9x0002z", name="first_name", prefix=" ")
SITE = Site(title="Imagine", url="https://www.imagine-magazine.com")

ARTICLE = Article(
    path="rivieres.md",
    sha256="ab12" * 16,
    title="Ce que disent les rivières",
    date=dt.datetime(2023, 9, 20, tzinfo=dt.UTC),
    url="https://www.imagine-magazine.com/articles/rivieres",
    body="Un cours d’eau peut-il porter plainte ?\n",
    body_line=9,
    description="De la Semois au Whanganui.",
    image=Image(
        source="/uploads/r.jpg",
        url="https://www.imagine-magazine.com/uploads/r.jpg",
        alt="Une rivière",
        credit="Nora",
        width=1200,
        height=800,
        size=180_000,
    ),
    lines={"title": 2, "description": 3, "img": 4, "draft": 5, "published": 6, "deadline": 7},
    file="content/articles/rivieres.md",
)

ISSUE = Issue(
    id="2023-10-11-numero-157",
    file="content/issues/2023-10-11-numero-157.md",
    subject="La parole est aux rivières",
    preheader="Huit journalistes au fil de l’eau, trois villages sans béton.",
    date=dt.date(2023, 10, 11),
    list="members",
    layout="launch",
    blocks=(Block(kind="lead", article="rivieres.md", sha256="ab12ab12ab12", line=14),),
    lines={"subject": 2, "preheader": 3, "layout": 5, "blocks": 12},
)

HTML = (
    f"<!DOCTYPE html><html><body><p>Bonjour{HELLO.token},</p>"
    '<img src="https://www.imagine-magazine.com/uploads/r.jpg" alt="Une rivière">'
    '<a href="https://www.imagine-magazine.com/articles/rivieres">Ce que disent les rivières</a>'
    f'<a href="{LEAVE.token}">Se désabonner</a></body></html>'
)


def lamp(*, html: str = HTML, **changes: Any) -> Inspection:
    """A sound inspection; `issue`, `article` and `mail` are replaced field by field, the rest as given."""
    issue = replace(ISSUE, **changes.pop("issue", {}))
    article = replace(ARTICLE, **changes.pop("article", {}))
    mail = RenderedMail(
        issue=issue.id,
        variant="members",
        language="fr",
        subject=issue.subject,
        preheader=issue.preheader,
        html=html,
        text=f"Bonjour{HELLO.token},\n\nSe désabonner : {LEAVE.token}\n",
        fields=(LEAVE, HELLO),
        sha256="0" * 64,
    )
    return Inspection(
        issue=issue,
        mail=replace(mail, **changes.pop("mail", {})),
        articles=changes.pop("articles", {article.path: article}),
        site=SITE,
        site_urls=lambda: [ARTICLE.url],
        **changes,
    )


def found(inspection: Inspection, code: str) -> list[Finding]:
    """The findings of one code, with every check run."""
    return [finding for finding in run_checks(inspection) if finding.code == code]


def with_body(extra: str) -> str:
    """The sound HTML with something more in its body."""
    return HTML.replace("</body>", f"{extra}</body>")
