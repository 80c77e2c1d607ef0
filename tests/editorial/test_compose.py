"""The next issue takes what is new, never anything twice, and says of every article why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.articles import MarkdownSource
from newsletter.editorial.compose import Selection, choose, draft_issue, shorten
from newsletter.editorial.issues import read_issue, write_issue
from newsletter.errors import UsageError
from newsletter.i18n import speaking
from newsletter.model import Article, Block, Image, Issue, Place, Reason, UnreadableArticle
from newsletter.settings import Site

BRUSSELS = ZoneInfo("Europe/Brussels")
PLANNED = date(2023, 10, 11)
NOW = datetime(2023, 10, 9, 8, tzinfo=UTC)
PREVIOUS = Issue(
    id="2023-07-12-numero-156",
    file="content/issues/2023-07-12-numero-156.md",
    subject="Numéro 156",
    preheader="",
    date=date(2023, 7, 12),
    list="members",
    layout="launch",
    cutoff=datetime(2023, 7, 12, 8, tzinfo=UTC),
    blocks=(Block(kind="lead", article="parue.md"), Block(kind="footer")),
    parameters={"number": 156},
)
PICTURE = Image(source="/uploads/x.jpg", url="https://example.org/uploads/x.jpg")


def article(path: str, day: str = "2023-09-01", **values: object) -> Article:
    base = Article(
        path=path,
        sha256="ab" * 32,
        title=path.removesuffix(".md"),
        date=datetime.fromisoformat(day).replace(tzinfo=UTC),
        url=f"https://example.org/{path}",
        body="",
        body_line=5,
        file=f"content/articles/{path}",
    )
    return replace(base, **values)


def select(
    *articles: Article | UnreadableArticle, issues: tuple[Issue, ...] = (PREVIOUS,), **rules: object
) -> Selection:
    return choose(articles, issues, **({"planned": PLANNED, "now": NOW, "zone": BRUSSELS} | rules))


def reason(candidate: Article | UnreadableArticle, **rules: object) -> tuple[Reason, str]:
    (choice,) = select(candidate, **rules).choices
    return choice.reason, choice.sentence


DRAFT = {"draft": True}
EXPIRED = {"deadline": date(2023, 8, 25)}
REASONS = [
    (article("a.md"), Reason.NEW, "New since issue 156"),
    (article("parue.md"), Reason.ALREADY_SENT, "Already in issue 156"),
    (article("parue.md", **DRAFT, **EXPIRED), Reason.ALREADY_SENT, "Already in issue 156"),
    (article("a.md", **DRAFT, **EXPIRED), Reason.DRAFT, "Still a draft"),
    (article("a.md", published=False), Reason.UNPUBLISHED, "Not published on the site"),
    (article("a.md", "2023-10-12"), Reason.FUTURE, "Dated October 12, 2023, after the day of the mailing"),
    (article("a.md", **EXPIRED), Reason.EXPIRED, "Expired since August 25, 2023"),
    (article("a.md", "2020-01-01", **EXPIRED), Reason.EXPIRED, "Expired since August 25, 2023"),
    (article("a.md", "2023-07-01"), Reason.OLD, "Published before issue 156"),
]


@pytest.mark.parametrize(("candidate", "expected", "sentence"), REASONS)
def test_every_article_has_its_reason_in_words(candidate: Article, expected: Reason, sentence: str) -> None:
    assert reason(candidate) == (expected, sentence)


def test_an_unreadable_article_is_said_with_its_place_and_comes_last() -> None:
    place = Place(file="content/articles/b.md", line=3)
    bad = UnreadableArticle(path="b.md", message="title is said twice", place=place)
    *_others, choice = select(bad, article("a.md", "2020-01-01"), article("c.md")).choices
    assert (choice.path, choice.taken, choice.reason, choice.place) == ("b.md", False, Reason.UNREADABLE, place)
    assert "title is said twice" in choice.sentence


def test_a_call_is_open_through_the_day_it_names() -> None:
    call = article("a.md", deadline=PLANNED)
    assert reason(call)[0] is Reason.NEW
    assert reason(call, planned=PLANNED + timedelta(days=1))[0] is Reason.EXPIRED


def test_the_window_opens_at_the_last_cutoff_and_closes_with_the_planned_day() -> None:
    cutoff = PREVIOUS.cutoff
    assert cutoff is not None
    at_cutoff, after = article("a.md", date=cutoff), article("b.md", date=cutoff + timedelta(seconds=1))
    last = article("c.md", date=datetime(2023, 10, 11, 21, 59, 59, tzinfo=UTC))
    late = article("d.md", date=datetime(2023, 10, 11, 22, tzinfo=UTC))
    assert [chosen.path for chosen in select(at_cutoff, after, last, late).taken] == ["c.md", "b.md"]


def test_the_last_issue_is_the_latest_one_before_the_planned_day() -> None:
    later = replace(PREVIOUS, id="z", date=PLANNED, cutoff=datetime(2023, 10, 11, tzinfo=UTC), blocks=())
    older = replace(PREVIOUS, id="a", date=date(2023, 4, 1), cutoff=datetime(2023, 4, 1, tzinfo=UTC), blocks=())
    assert select(issues=(later, PREVIOUS, older)).since == PREVIOUS.cutoff


def test_an_issue_without_cutoff_looked_until_the_end_of_its_day() -> None:
    selection = select(issues=(replace(PREVIOUS, cutoff=None),))
    assert selection.since == datetime(2023, 7, 12, 23, 59, 59, tzinfo=BRUSSELS)


def test_what_is_published_after_now_is_left_to_the_next_window() -> None:
    assert select().cutoff == NOW
    assert select(now=datetime(2024, 1, 1, tzinfo=UTC)).cutoff == datetime(2023, 10, 11, 23, 59, 59, tzinfo=BRUSSELS)


def test_an_article_dated_by_the_day_after_the_mailing_is_in_the_next_window() -> None:
    tomorrow = article("a.md", date=datetime(2023, 10, 12, tzinfo=BRUSSELS))
    first = select(tomorrow, now=datetime(2023, 10, 20, tzinfo=UTC))
    assert first.choices[0].reason is Reason.FUTURE
    sent = replace(PREVIOUS, date=PLANNED, cutoff=first.cutoff, blocks=())
    assert reason(tomorrow, issues=(PREVIOUS, sent), planned=date(2023, 12, 1))[0] is Reason.NEW


def test_without_an_earlier_issue_everything_is_new() -> None:
    selection = select(article("a.md", "2001-01-01"), issues=())
    assert (selection.since, selection.choices[0].sentence) == (None, "New")


def test_one_may_say_since_when() -> None:
    since = datetime(2023, 9, 1, tzinfo=UTC)
    selection = select(article("a.md", "2023-08-31"), article("b.md", "2023-09-02"), since=since)
    assert [(choice.path, choice.sentence) for choice in selection.choices] == [
        ("b.md", "New since September 1, 2023"),
        ("a.md", "Published before September 1, 2023"),
    ]
    assert selection.since == since


def test_an_article_of_a_planned_issue_is_not_taken_by_another() -> None:
    planned = replace(
        PREVIOUS, id="x", date=date(2024, 1, 1), parameters={}, blocks=(Block(kind="card", article="a.md"),)
    )
    assert reason(article("a.md"), issues=(PREVIOUS, planned)) == (
        Reason.ALREADY_SENT,
        "Already in the letter of January 1, 2024",
    )


@pytest.mark.parametrize("candidate", [article("parue.md"), article("a.md", "2020-01-01"), article("b.md", **EXPIRED)])
def test_an_article_is_taken_again_when_asked_for(candidate: Article) -> None:
    selection = select(candidate, again=[candidate.path])
    assert (selection.choices[0].reason, selection.taken) == (Reason.ASKED, (candidate,))


@pytest.mark.parametrize("values", [DRAFT, {"published": False}, {"date": datetime(2024, 1, 1, tzinfo=UTC)}])
def test_what_has_no_public_page_is_not_taken_even_when_asked_for(values: dict[str, object]) -> None:
    assert select(article("a.md", **values), again=["a.md"]).taken == ()


def test_asking_for_an_unknown_article_is_told_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        select(article("la-haie.md"), again=["la-haye.md"])
    assert caught.value.hint == "did you mean la-haie.md?"


ARTICLES = st.lists(
    st.builds(
        lambda number, days, **values: article(
            f"{number}.md", date=datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=days), **values
        ),
        st.integers(0, 30),
        st.integers(0, 400),
        draft=st.booleans(),
        deadline=st.none() | st.dates(date(2023, 1, 1), date(2024, 1, 1)),
        image=st.sampled_from([None, PICTURE]),
    ),
    max_size=12,
    unique_by=lambda candidate: candidate.path,
)


@given(ARTICLES, st.lists(st.dates(date(2023, 1, 1), date(2023, 12, 31)), min_size=1, max_size=5, unique=True))
def test_over_any_run_of_issues_no_article_comes_twice_and_each_verdict_is_given_once(
    articles: list[Article], days: list[date]
) -> None:
    issues: list[Issue] = []
    for planned in sorted(days):
        now = datetime(planned.year, planned.month, planned.day, 9, tzinfo=UTC)
        selection = choose(articles, issues, planned=planned, now=now, zone=BRUSSELS)
        assert sorted(choice.path for choice in selection.choices) == sorted(found.path for found in articles)
        issues.append(draft(selection, planned=planned))
    paths = [block.article for issue in issues for block in issue.blocks if block.article]
    assert len(paths) == len(set(paths))


# --- the draft ---------------------------------------------------------------------------------------------------


def draft(
    selection: Selection, *, title: str = "Numéro 157", planned: date = PLANNED, previous: Issue | None = None
) -> Issue:
    return draft_issue(
        title,
        selection,
        planned=planned,
        list_id="members",
        layout="launch",
        previous=previous,
        last_number=previous.parameters.get("number") if previous else None,
    )


def test_a_draft_opens_with_the_newest_picture_and_ends_with_the_calls() -> None:
    selection = select(
        article("sans-image.md", "2023-10-01"),
        article("appel.md", "2023-09-30", image=PICTURE, deadline=date(2023, 11, 30)),
        article("image.md", "2023-09-20", image=PICTURE, description="Une haie " * 20),
        article("vieille.md", "2023-08-01", image=PICTURE),
    )
    issue = draft(selection, previous=PREVIOUS)
    assert [(block.kind, block.article) for block in issue.blocks] == [
        ("lead", "image.md"),
        ("card", "sans-image.md"),
        ("card", "vieille.md"),
        ("call", "appel.md"),
    ]
    assert issue.blocks[0].sha256 == "ab" * 8
    assert issue.preheader.startswith("Une haie")
    assert len(issue.preheader) <= 110
    assert issue.preheader.endswith("…")


def test_a_draft_follows_the_issue_before() -> None:
    issue = draft(select(), previous=PREVIOUS)
    assert (issue.id, issue.subject, issue.parameters["number"]) == ("2023-10-11-numero-157", "Numéro 157", 157)
    assert (issue.since, issue.cutoff) == (PREVIOUS.cutoff, NOW)
    assert "number" not in draft(select()).parameters


def test_a_draft_greets_and_signs_as_the_issue_before() -> None:
    kept = {"greeting": "Chère {{ first_name }},", "signature": "Solange"}
    assert draft(select(), previous=replace(PREVIOUS, parameters=kept)).parameters == kept


def test_a_draft_without_pictures_still_has_a_lead_and_one_of_calls_only_has_none() -> None:
    assert [block.kind for block in draft(select(article("a.md"))).blocks] == ["lead"]
    call = article("a.md", deadline=PLANNED)
    assert [block.kind for block in draft(select(call)).blocks] == ["call"]


def test_a_draft_tells_the_editor_what_to_write() -> None:
    issue = draft(select())
    assert "{{ first_name }}" in issue.parameters["greeting"]
    assert issue.body


def test_a_draft_is_written_and_read_back(tmp_path: Path) -> None:
    issue = draft(select(article("a.md", image=PICTURE)), previous=PREVIOUS)
    write_issue(tmp_path / f"{issue.id}.md", issue)
    read = read_issue(tmp_path / f"{issue.id}.md", root=tmp_path)
    assert (read.subject, read.since, read.cutoff, read.body) == (issue.subject, issue.since, issue.cutoff, issue.body)
    assert [replace(block, line=None) for block in read.blocks] == list(issue.blocks)


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Numéro 157 : l’été", "numero-157-l-ete"), ("…", "lettre"), ("a" * 90, "a" * 60)],
)
def test_a_title_makes_a_file_name(title: str, expected: str) -> None:
    assert draft(select(), title=title).id == f"{PLANNED}-{expected}"


@given(st.text(), st.integers(10, 120))
def test_a_shortened_text_is_never_too_long_and_begins_like_the_text(text: str, length: int) -> None:
    short = shorten(text, length)
    assert len(short) <= length
    assert " ".join(text.split()).startswith(short.removesuffix("…"))


def test_a_recruitment_call_of_august_is_expired_in_october(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "2023-08-09-recrute.md").write_text(
        "---\ntitle: Recrute\ndate: 2023-08-09T10:00:00Z\ncat: Candidature à envoyer avant le 25 août.\n---\nTexte\n",
        encoding="utf-8",
    )
    source = MarkdownSource(folder, root=tmp_path, site=Site(), uploads=tmp_path)
    for planned, expected in ((date(2023, 8, 25), Reason.NEW), (date(2023, 10, 11), Reason.EXPIRED)):
        (choice,) = select(*source.read_all(), planned=planned).choices
        assert choice.reason is expected


def test_reasons_are_said_in_the_language_of_who_asks() -> None:
    with speaking("fr"):
        assert reason(article("a.md", **EXPIRED))[1].endswith("25 août 2023")
