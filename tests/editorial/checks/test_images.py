from dataclasses import replace

import pytest

from newsletter.editorial.copies import Copy, Shown
from newsletter.editorial.markdown import Document, Picture
from newsletter.model import Block, Image, Level
from tests.editorial.checks.lamp import ARTICLE, found, lamp, with_body

assert ARTICLE.image is not None
IMAGE: Image = ARTICLE.image


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"alt": None}, "image-without-alt"),
        ({"credit": None}, "image-without-credit"),
        ({"credit": " "}, "image-without-credit"),
        ({"size": None, "width": None, "height": None}, "image-missing"),
    ],
)
def test_an_articles_picture_needs_words_a_credit_and_a_file(change: dict[str, object], code: str) -> None:
    [finding] = found(lamp(article={"image": replace(IMAGE, **change)}), code)
    assert finding.level is Level.ERROR
    assert str(finding.place) == "content/articles/rivieres.md:4"
    assert finding.block == 0


def test_a_decorative_picture_needs_no_words() -> None:
    assert not found(lamp(article={"image": replace(IMAGE, alt="")}), "image-without-alt")


def test_a_picture_of_another_site_needs_no_file_here() -> None:
    far = replace(IMAGE, local=False, size=None, url="https://example.org/x.jpg")
    assert not found(lamp(article={"image": far}), "image-missing")


def test_a_picture_over_a_megabyte_is_heavy() -> None:
    [finding] = found(lamp(article={"image": replace(IMAGE, size=1_330_000)}), "image-heavy")
    assert finding.level is Level.WARNING


def test_a_picture_in_the_text_is_looked_at_where_it_stands() -> None:
    url = "https://www.imagine-magazine.com/uploads/a.jpg"
    document = Document(html="", text="", images=(Picture(url=url, alt=None, line=42),))
    missing = Image(source="/uploads/a.jpg", url=url)
    inspection = lamp(documents={"rivieres.md": document}, pictures={url: missing})
    places = [
        str(finding.place) for code in ("image-without-alt", "image-missing") for finding in found(inspection, code)
    ]
    assert places == ["content/articles/rivieres.md:42"] * 2


def test_a_picture_of_the_layout_without_alt_is_found_in_the_html() -> None:
    assert found(lamp(html=with_body('<img src="https://x.example/logo.png">')), "image-without-alt")
    assert not found(lamp(html=with_body('<img src="https://x.example/logo.png" alt="">')), "image-without-alt")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "WEBP"},
        {"format": "AVIF"},
        {"format": None, "size": None, "local": False, "url": "https://example.org/x.webp"},
        {"format": None, "size": None, "local": False, "url": "https://example.org/x.svg"},
    ],
)
def test_a_format_that_outlook_does_not_show_is_said_with_the_way_out(change: dict[str, object]) -> None:
    [finding] = found(lamp(article={"image": replace(IMAGE, **change)}), "image-format")
    assert finding.level is Level.WARNING
    assert 'images = "copy"' in (finding.hint or "")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_a_format_that_everybody_shows_is_no_remark(kind: str) -> None:
    assert not found(lamp(article={"image": replace(IMAGE, format=kind)}), "image-format")


def test_of_a_copied_picture_the_copy_is_judged() -> None:
    heavy = replace(IMAGE, format="WEBP", size=4_000_000)
    light = Copy(name="0" * 24 + ".jpg", width=1200, height=800, size=90_000)
    copies = (Shown(original=IMAGE.url, address=f"https://x.example/i/{light.name}", copy=light),)
    inspection = lamp(article={"image": heavy}, copies=copies)
    assert not found(inspection, "image-format")
    assert not found(inspection, "image-heavy")
    weighty = (replace(copies[0], copy=replace(light, size=1_200_000)),)
    assert found(lamp(article={"image": heavy}, copies=weighty), "image-heavy")


COVER = Block(kind="cover", parameters={"image": "/uploads/c.jpg"}, line=9)
COVER_PICTURE = Image(source="/uploads/c.jpg", url="https://www.imagine-magazine.com/uploads/c.jpg")


def test_a_picture_of_the_issue_itself_needs_a_file_a_description_and_a_credit() -> None:
    seen = lamp(issue={"blocks": (COVER,)}, pictures={"/uploads/c.jpg": COVER_PICTURE})
    for code in ("image-missing", "image-without-alt", "image-without-credit"):
        [finding] = found(seen, code)
        assert str(finding.place) == "content/issues/2023-10-11-numero-157.md:9"
        assert finding.block == 0


def test_what_the_issue_says_of_an_articles_picture_goes_before_the_article() -> None:
    block = Block(kind="lead", article="rivieres.md", parameters={"alt": "Un fleuve", "credit": "Nora"}, line=14)
    bare = replace(IMAGE, alt=None, credit=None)
    seen = lamp(issue={"blocks": (block,)}, article={"image": bare})
    assert not found(seen, "image-without-alt")
    assert not found(seen, "image-without-credit")


def test_a_picture_of_the_issue_replaces_the_articles() -> None:
    said = {"image": "/uploads/c.jpg", "alt": "Une couverture", "credit": "Nora"}
    block = Block(kind="lead", article="rivieres.md", parameters=said, line=14)
    picture = replace(COVER_PICTURE, size=10, width=1, height=1)
    gone = {"image": replace(IMAGE, size=None)}
    seen = lamp(issue={"blocks": (block,)}, article=gone, pictures={"/uploads/c.jpg": picture})
    assert not found(seen, "image-missing")
