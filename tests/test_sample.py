"""The sample magazine keeps what it promises: it is what a new user sees first."""

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.audience.columns import read_columns
from newsletter.audience.sheets import read_sheet
from newsletter.editorial.articles import MarkdownSource
from newsletter.editorial.compose import choose
from newsletter.editorial.issues import read_issues
from newsletter.editorial.layout import find_layout
from newsletter.editorial.parameters import unknown_parameters
from newsletter.model import Article, Issue, Reason
from newsletter.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ROOT / "content"
CALL = "2023-08-09-imagine-recrute.md"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_settings(ROOT)


@pytest.fixture(scope="module")
def articles(settings: Settings) -> dict[str, Article]:
    source = MarkdownSource(
        ROOT / settings.content.articles, root=ROOT, site=settings.site, uploads=ROOT / settings.content.uploads
    )
    read = source.read_all()
    assert [article for article in read if not isinstance(article, Article)] == []
    return {article.path: article for article in read if isinstance(article, Article)}


@pytest.fixture(scope="module")
def issues() -> list[Issue]:
    return read_issues(CONTENT / "issues", root=ROOT)


def test_there_is_enough_to_compose_a_letter_from(articles: dict[str, Article]) -> None:
    assert len([article for article in articles.values() if article.published and not article.draft]) >= 10


def test_every_article_is_dated_described_and_long_enough_to_be_read(articles: dict[str, Article]) -> None:
    for article in articles.values():
        assert article.path.startswith(f"{article.date:%Y-%m-%d}-"), article.path
        assert article.title, article.path
        assert 40 <= len(article.description) <= 180, article.path
        assert 250 <= len(article.body.split()) <= 600, article.path
        assert "\n## " in article.body or article.front_matter["cat"] == "Entretien", article.path


def test_every_article_keeps_the_keys_of_the_sites_editor(articles: dict[str, Article]) -> None:
    keys = {"_schema", "class", "cat", "title", "title_alignment", "date", "description"}
    for article in articles.values():
        assert keys | {"img", "img_credits", "img_alt"} <= article.front_matter.keys(), article.path
        assert article.front_matter["_schema"] == "article"


def test_every_article_has_a_light_picture_with_its_description_and_credit(articles: dict[str, Article]) -> None:
    for article in articles.values():
        image = article.image
        assert image is not None, article.path
        assert (image.width, image.height) == (1200, 800), article.path
        assert image.size is not None, article.path
        assert image.size <= 120 * 1024, article.path
        assert len(image.alt or "") > 30, article.path
        assert image.credit, article.path


def test_every_picture_is_used_once(articles: dict[str, Article]) -> None:
    used = [article.image.source for article in articles.values() if article.image]
    files = {f"/uploads/{path.name}" for path in (CONTENT / "uploads").iterdir()}
    assert len(used) == len(set(used))
    assert files - set(used) == {"/uploads/couverture-156.jpg"}


def test_links_lead_to_articles_of_the_sample_or_to_safe_addresses(articles: dict[str, Article]) -> None:
    slugs = {"/articles/" + article.url.rpartition("/")[2] for article in articles.values()}
    links = [(path, link) for path, article in articles.items() for link in re.findall(r"\]\(([^)]+)\)", article.body)]
    assert len(links) > 10
    for path, link in links:
        assert link in slugs or link.startswith(("https://", "mailto:")), (path, link)


def test_the_recruitment_call_says_everything_an_applicant_needs(articles: dict[str, Article]) -> None:
    call = articles[CALL]
    assert call.deadline == date(2023, 8, 25)
    assert call.front_matter["contact"] == "recrutement@imagine-magazine.com"
    for fact in (
        "Un journaliste freelance / gestionnaire de communauté (F-H-X)",
        "200 euros HTVA par jour",
        "3 jours par trimestre, et 3 jours pour le hors-série",
        "1er septembre",
        "le 11/10",
        "avant le 25 août",
        "mailto:recrutement@imagine-magazine.com",
        "https://www.imagine-magazine.com",
    ):
        assert fact in call.body, fact


def test_the_sample_shows_every_reason_to_leave_an_article(
    articles: dict[str, Article], issues: list[Issue], settings: Settings
) -> None:
    sent, planned = issues
    selection = choose(
        list(articles.values()),
        [sent],
        planned=planned.date,
        now=datetime(2023, 8, 17, tzinfo=ZoneInfo("Europe/Brussels")),
        zone=settings.site.zone,
    )
    reasons = {choice.path: choice.reason for choice in selection.choices}
    assert reasons["2023-07-20-atelier-ecrire-le-paysage.md"] is Reason.EXPIRED
    assert set(reasons.values()) == {
        Reason.NEW, Reason.ALREADY_SENT, Reason.DRAFT, Reason.UNPUBLISHED, Reason.FUTURE, Reason.EXPIRED,
    }  # fmt: skip
    assert {block.article for block in planned.blocks if block.article} == {it.path for it in selection.taken}


def test_some_words_are_for_members_and_one_deadline_is_said_outright(articles: dict[str, Article]) -> None:
    assert [path for path, article in articles.items() if article.audience == "members"] == [
        "2023-08-10-ce-que-coute-une-page.md"
    ]
    assert articles["2023-08-14-la-table-est-ronde.md"].front_matter["deadline"] == date(2023, 11, 30)


def test_the_issue_in_progress_starts_where_the_sent_one_ended(issues: list[Issue]) -> None:
    sent, planned = issues
    assert (sent.id, planned.id) == ("2023-06-14-numero-155", "2023-08-16-numero-156")
    assert planned.since == sent.cutoff
    assert "{{ first_name }}" in planned.parameters["greeting"]
    assert 120 <= len(planned.body.split()) <= 180


def test_issues_record_their_articles_as_they_are(issues: list[Issue], articles: dict[str, Article]) -> None:
    blocks = [block for issue in issues for block in issue.blocks if block.article]
    assert len(blocks) == 14
    for block in blocks:
        assert len(block.sha256 or "") == 16, block.article
        assert articles[block.article or ""].sha256.startswith(block.sha256 or "-"), block.article


def test_issues_say_nothing_that_the_layout_does_not_declare(issues: list[Issue]) -> None:
    for issue in issues:
        layout = find_layout(ROOT / "templates", issue.layout)
        assert {block.kind for block in issue.blocks} <= layout.blocks.keys()
        assert list(unknown_parameters(issue, layout)) == []


def test_sixty_members_can_be_imported_none_refused() -> None:
    sheet = read_sheet(CONTENT / "members.csv")
    columns = read_columns(sheet)
    rows = [columns.row(record) for record in sheet.records]
    members = [row for row in rows if row is not None]
    assert len(members) == len(rows) == 60
    assert len({member.email.lower() for member in members}) == 60
    assert all(re.fullmatch(r"[\w.-]+@example\.(org|com|net)", member.email) for member in members)
    assert sum(not member.first_name for member in members) == 5


def test_members_come_as_french_excel_writes_them() -> None:
    content = (CONTENT / "members.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfCourriel;Pr")
    assert content.count(b"\r\n") == content.count(b"\n") == 61
    assert (
        sum(any(letter.isupper() for letter in line.split(";")[0]) for line in content.decode().splitlines()[1:]) == 2
    )


def test_the_settings_name_both_lists_and_reach_no_other_machine(settings: Settings) -> None:
    assert {name: one.audience for name, one in settings.lists.items()} == {"members": "members", "public": "all"}
    assert settings.smtp.is_loopback()
    assert settings.site.address.startswith("Imagine COOP")


def test_the_sample_stays_small_enough_to_travel_in_the_package() -> None:
    assert sum(path.stat().st_size for path in CONTENT.rglob("*") if path.is_file()) < 2_500_000
