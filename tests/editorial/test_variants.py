"""Nothing of the members' own is in the letter to everybody, whatever way it might take."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.render import Imprint, Rendering
from newsletter.editorial.variants import prove_variant
from newsletter.errors import ContentError
from newsletter.i18n import speaking
from newsletter.model import Article, Block, RenderedMail
from newsletter.project import Project
from newsletter.project.sample import create_project
from tests.editorial.launch_project import (
    ARTICLES,
    ISSUE,
    make_article,
    make_block,
    make_image,
    make_imprint,
    make_list,
    make_site,
    render,
)

EVERYBODY = Imprint(site=make_site(), mailing_list=make_list(audience="all"))
SECRET = make_article(
    "comptes",
    title="Les comptes de la maison",
    description="Ce que la coopérative a gagné, et surtout perdu.",
    body="""Nous avons **perdu** douze abonnés par semaine, l'hiver dernier. On rit, on compte, on pleure, on vote.

> La 1ère année fut rude : la banque n'a pas voulu nous prêter davantage.

[La réunion](https://reunion.example.org/j?cle=8h3) est pour vous ; le [site](https://www.exemple.be/) est à tous.
""",
    image=make_image("comptes", alt="Une courbe rouge qui descend tout l'hiver"),
    audience="members",
)
WITH_SECRET: Mapping[str, Article] = {**ARTICLES, SECRET.path: SECRET}
KEPT = make_block("lead", "comptes")


def to_everybody(*blocks: Block, articles: Mapping[str, Article] = WITH_SECRET, **said: Any) -> Rendering:
    return render(KEPT, *blocks, articles=articles, imprint=EVERYBODY, **said)


def leak(*blocks: Block, **said: Any) -> ContentError:
    with pytest.raises(ContentError) as caught, speaking("en"):
        to_everybody(*blocks, **said)
    return caught.value


def test_what_no_one_quotes_is_proven_and_sent() -> None:
    rendering = to_everybody(make_block("lead", "fleuve"), make_block("text", text="Tout va bien, merci de demander."))
    assert [block.number for block in rendering.blocks] == [1, 2]
    assert "comptes" not in rendering.mail.html + rendering.mail.text


def test_members_receive_everything() -> None:
    mail = render(KEPT, articles=WITH_SECRET, imprint=make_imprint(), preheader=SECRET.description).mail
    assert "Les comptes de la maison" in mail.text


@pytest.mark.parametrize(
    "words",
    [
        "Cette semaine : les comptes de la maison",
        "Nous avons perdu douze abonnés par semaine !",
        "NOUS AVONS PERDU DOUZE ABONNÉS PAR SEMAINE, dit-on",
        "On le sait : la banque n’a pas voulu nous prêter davantage",
        "« Ce que la coopérative a gagné… »",
        "perdu douze abonnés par semaine",
        "On rit, on compte, on pleure, on vote. Fin",
    ],
)
@pytest.mark.parametrize("part", ["subject", "preheader"])
def test_a_subject_or_preheader_that_quotes_members_words_is_an_error_at_its_line(part: str, words: str) -> None:
    error = leak(**{part: words})
    assert error.where == ISSUE.place(part)
    assert "is for members (block lead, line 20)" in error.message
    assert error.hint


def test_the_editors_own_words_may_not_quote_them() -> None:
    error = leak(body="Chers amis,\n\nNous avons perdu *douze abonnés par semaine*.\n")
    assert error.where
    assert (error.where.file, error.where.line) == (ISSUE.file, 62)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", {"title": "À lire", "text": "Nous avons\nperdu douze abonnés par semaine, l’hiver dernier."}),
        ("quote", {"text": "La banque n'a pas voulu nous prêter davantage", "source": "Le trésorier"}),
        ("image", {"image": "/uploads/x.jpg", "alt": "Une courbe rouge qui descend tout l'hiver", "credit": "x"}),
        ("rubric", {"label": "Les comptes de la maison"}),
    ],
)
def test_a_block_for_everybody_may_not_say_them(kind: str, said: dict[str, str]) -> None:
    error = leak(replace(make_block(kind, **said), line=33))
    assert error.where
    assert (error.where.file, error.where.line) == (ISSUE.file, 33)


def test_an_article_kept_for_members_is_shown_by_no_other_block() -> None:
    shown = replace(make_block("card", "fleuve"), line=40)
    error = leak(make_block("lead", "fleuve", audience="members"), shown)
    assert error.where
    assert error.where.line == 40
    assert "fleuve.md" in error.message


def test_words_of_a_members_block_without_article_are_kept_too() -> None:
    kept = make_block("text", text="Rendez-vous jeudi dans la cuisine de la rédaction.", audience="members")
    assert leak(kept, preheader="Rendez-vous jeudi dans la cuisine de la rédaction").where == ISSUE.place("preheader")


def test_a_link_to_a_members_article_is_a_leak() -> None:
    error = leak(make_block("button", label="Lire", url="/articles/comptes"))
    assert "https://www.imagine-magazine.com/articles/comptes" in error.message
    to_everybody(make_block("button", label="Lire", url="/articles/comptes-rendus"))


def test_a_private_address_is_a_leak_and_a_common_one_is_not() -> None:
    body = "[Venez](https://reunion.example.org/j?cle=8h3)."
    assert "reunion.example.org" in leak(body=body).message
    to_everybody(body="[Voyez](https://www.exemple.be/).")


def test_what_an_article_open_to_all_says_itself_is_no_secret() -> None:
    quoting = make_article("echo", body="« Nous avons perdu douze abonnés par semaine », a dit le trésorier.")
    to_everybody(make_block("lead", "echo", full=True), articles={**WITH_SECRET, "echo.md": quoting})


def test_a_short_value_said_alike_in_both_is_no_secret() -> None:
    label = "Je prends une part de la coopérative"
    members = make_block("button", label=label, url="/cooperative", audience="members")
    to_everybody(members, make_block("button", label=label, url="/cooperative"))
    assert leak(members, preheader=label).where


@pytest.mark.parametrize("audience", ["membres", "Members", "", True])
def test_a_misspelt_audience_never_opens_a_block(audience: object) -> None:
    with pytest.raises(ContentError) as caught:
        render(replace(make_block("text", text="Entre nous", audience=audience), line=27))
    assert caught.value.where
    assert (caught.value.where.line, caught.value.where.field) == (27, "audience")


@pytest.mark.parametrize(
    "part",
    [
        {"html": "<p>La banque n’a pas voulu&nbsp;nous <em>prê</em>ter davantage.</p>"},
        {"html": '<img alt=\'x\' /><img src="x" alt="Une courbe rouge qui descend tout l&#8217;hiver" />'},
        {"html": "<!-- La banque n'a pas voulu nous prêter davantage -->"},
        {"html": '<a href="https://reunion.example.org/j?cle=8h3">x</a>'},
        {"text": "> La banque n’a pas voulu nous\n> prêter davantage"},
        {"subject": "Les comptes de la maison"},
        {"preheader": "Les comptes de la maison"},
    ],
)
def test_a_template_that_lets_words_through_is_caught(part: dict[str, Any]) -> None:
    mail = to_everybody(make_block("lead", "fleuve")).mail
    issue = replace(ISSUE, blocks=(KEPT, make_block("lead", "fleuve")))
    prove_variant(mail, issue=issue, articles=WITH_SECRET, shown={1})
    with pytest.raises(ContentError) as caught:
        prove_variant(replace(mail, **part), issue=issue, articles=WITH_SECRET, shown={1})
    assert caught.value.where
    assert caught.value.where.line == KEPT.line


WORD = st.text(alphabet="abcdeéœçñ'’-", min_size=6, max_size=12).filter(lambda word: sum(map(str.isalpha, word)) > 5)
MARKS = st.sampled_from(["{}", "**{}**", "*{}*", "<b>{}</b>", "[{}](/ailleurs)"])


@given(st.lists(st.tuples(WORD, MARKS), min_size=5, max_size=9), st.sampled_from([" ", "\n", "\u00a0", " \u202f"]))
def test_no_markup_case_or_blank_hides_a_quotation(marked: list[tuple[str, str]], blank: str) -> None:
    text = blank.join(mark.format(word) for word, mark in marked)
    issue = replace(ISSUE, blocks=(make_block("text", text=f"Avant. {text}. Après."),), preheader="", subject="")
    quoted = " ".join(word for word, _mark in marked).upper()
    mail = RenderedMail(
        issue="1", variant="all", language="fr", subject="", preheader=quoted, html="", text="", fields=(), sha256=""
    )
    with pytest.raises(ContentError):
        prove_variant(mail, issue=issue, articles={}, shown=())


def test_no_file_of_a_build_for_everybody_names_a_members_article(tmp_path: Path) -> None:
    create_project(tmp_path / "magazine")
    project = Project.open(tmp_path / "magazine")
    issue = replace(project.issue("156"), list="public")
    kept = [article for article in project.articles_of(issue).values() if article.audience == "members"]
    folder = project.build(issue).folder
    assert kept
    for article in kept:
        for file in ("message.html", "message.txt", "message.eml", "manifest.json"):
            assert article.title not in (folder / file).read_text(encoding="utf-8"), file
            assert article.path not in (folder / file).read_text(encoding="utf-8"), file


def test_cards_pair_again_when_one_is_left_out() -> None:
    cards = [make_block("card", name) for name in ("haie", "ecole", "pluie", "graines")]
    cards[1] = replace(cards[1], parameters={"audience": "members"})

    def sizes(imprint: Imprint) -> list[int]:
        return [block.html_bytes for block in render(*cards, imprint=imprint).blocks]

    members, everybody = sizes(make_imprint()), sizes(EVERYBODY)
    assert members[0] == members[1] != members[2] == members[3]
    assert everybody[0] == everybody[1] != everybody[2]


def test_the_proof_of_ten_articles_costs_little() -> None:
    mail, issue = _ten_articles()
    articles = {**ARTICLES, SECRET.path: replace(SECRET, body=SECRET.body * 20)}

    def cost() -> float:
        started = time.process_time()
        prove_variant(mail, issue=issue, articles=articles, shown=set(range(1, len(issue.blocks))))
        return time.process_time() - started

    assert min(cost() for _ in range(10)) < 0.02


def _ten_articles() -> tuple[RenderedMail, Any]:
    blocks = tuple(make_block("lead", name) for name in ("fleuve", "haie", "ecole", "pluie", "graines")) * 2
    return to_everybody(*blocks).mail, replace(ISSUE, blocks=(KEPT, *blocks))
