import pytest

from newsletter.editorial.checks import run_checks
from newsletter.editorial.markdown import Document, Link
from newsletter.model import Block, Level
from tests.editorial.checks.lamp import HELLO, LEAVE, found, lamp, with_body


def written(url: str, text: str = "la suite") -> Document:
    return Document(html="", text="", links=(Link(url=url, text=text, line=21),))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "link-empty"),
        ("#", "link-empty"),
        ("rivieres.html", "link-relative"),
        ("../rivieres", "link-relative"),
        ("www.example.org", "link-relative"),
        ("//example.org/x", "link-relative"),
        ("https://", "link-relative"),
        ("https://[::1/x", "link-relative"),
        ("javascript:alert(1)", "link-relative"),
        ("file:///home/nora/x.pdf", "link-local"),
        ("http://localhost:8000/x", "link-local"),
        ("https://127.0.0.1/x", "link-local"),
        ("https://www.imagine-magazine.com/articles/nulle-part", "link-broken"),
        ("/articles/nulle-part", "link-broken"),
        ("http://example.org/x", "link-http"),
    ],
)
def test_a_bad_link_is_found_at_its_line(url: str, code: str) -> None:
    [finding] = run_checks(lamp(documents={"rivieres.md": written(url)}))
    assert finding.code == code
    assert finding.level is (Level.WARNING if code == "link-http" else Level.ERROR)
    assert str(finding.place) == "content/articles/rivieres.md:21"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "mailto:redaction@imagine-magazine.com",
        "tel:+3242222222",
        "#notes",
        "/articles/rivieres",
        "https://www.imagine-magazine.com/articles/rivieres/?x=1#suite",
        "https://www.imagine-magazine.com/boutique",
        "https://example.org/articles/nulle-part",
    ],
)
def test_a_good_link_is_left_alone(url: str) -> None:
    assert run_checks(lamp(documents={"rivieres.md": written(url)})) == []


def test_a_link_of_the_editors_words_is_placed_in_the_issue() -> None:
    [finding] = found(lamp(documents={"editorial": written("")}), "link-empty")
    assert str(finding.place) == "content/issues/2023-10-11-numero-157.md:21"


def test_a_link_said_as_a_parameter_is_placed_at_its_block() -> None:
    block = Block(kind="button", parameters={"target": "boutique.html"}, line=33)
    html = with_body('<a href="boutique.html">Boutique</a>')
    [finding] = found(lamp(html=html, issue={"blocks": (block,)}), "link-relative")
    assert finding.place is not None
    assert (finding.place.line, finding.place.field) == (33, "target")


def test_a_rooted_address_left_in_the_finished_html_works_nowhere() -> None:
    assert found(lamp(html=with_body('<a href="/boutique">Boutique</a>')), "link-relative")


def test_the_same_bad_address_is_told_once() -> None:
    html = with_body('<a href="http://example.org/x">un</a><a href="http://example.org/x">deux</a>')
    assert len(found(lamp(html=html), "link-http")) == 1


def test_vague_words_with_different_targets_are_remarked() -> None:
    one, two = (f'<a href="https://example.org/{n}"><b>Lire</b>  la suite</a>' for n in (1, 2))
    assert not found(lamp(html=with_body(one + one)), "link-text-vague")
    assert found(lamp(html=with_body(one + two)), "link-text-vague")


def test_a_label_for_screen_readers_makes_vague_words_clear() -> None:
    links = "".join(f'<a href="https://example.org/{n}" aria-label="Lire l’article {n}">ici</a>' for n in (1, 2))
    assert not found(lamp(html=with_body(links)), "link-text-vague")


def test_the_reader_s_own_address_is_no_relative_link() -> None:
    assert not found(lamp(documents={"the issue": written(LEAVE.token)}), "link-relative")


def test_a_remark_shows_a_merge_field_as_the_editor_wrote_it() -> None:
    [finding] = found(lamp(documents={"the issue": written("#", text=HELLO.token)}), "link-empty")
    assert HELLO.token not in finding.message
    assert "{{ first_name }}" in finding.message
