"""The layouts that come with the package share one kit, and each shows everything that it may hold."""

import re
import shutil
import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from newsletter.editorial.layout import find_layout, list_layouts, read_layout
from newsletter.errors import LayoutError
from newsletter.model import Level
from newsletter.project import Project
from tests.editorial.launch_project import KIT, TEMPLATES, make_block, make_imprint, make_list, make_site, render
from tests.editorial.letters import LETTERS, ROOT, preview_letter, read_letter

EVENTS = (
    make_block("rubric", label="Agenda"),
    make_block("event", day="2023-11-07", title="Comité de lecture", where="En ligne"),
    make_block("event", day="2023-12-01", until="2023-12-03", title="Troc de graines", url="/agenda/troc"),
)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A copy of the shipped layouts that a test may change."""
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))


def add(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(before + text, encoding="utf-8")


# --- the kit -------------------------------------------------------------------------------------------------------


def test_the_kit_is_no_layout() -> None:
    assert list_layouts(TEMPLATES) == ["appeal", "launch", "monthly"]


@pytest.mark.parametrize("name", LETTERS)
def test_a_layout_is_a_folder_of_a_hundred_lines(name: str) -> None:
    files = [path for path in (TEMPLATES / name).rglob("*") if path.is_file()]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) <= 100


def test_a_layout_gets_the_blocks_that_it_names_and_no_other() -> None:
    appeal = find_layout(TEMPLATES, "appeal")
    assert {"fact", "call", "text"} <= set(appeal.blocks)
    assert not {"cover", "sponsor", "brief"} & set(appeal.blocks)
    assert appeal.colours == find_layout(TEMPLATES, "monthly").colours


def test_a_block_added_to_the_kit_is_there_for_every_layout_without_python(templates: Path) -> None:
    declared = '\n[blocks.recipe]\nhelp = "A recipe."\nparameters.dish = { type = "text", help = "The dish." }\n'
    add(templates / "kit/kit.toml", declared)
    section = '<mj-section><mj-column><mj-text><p class="h1">{{ block.dish }}</p></mj-text></mj-column></mj-section>'
    add(templates / "kit/blocks/recipe.mjml", section)
    add(templates / "kit/blocks/recipe.txt", "{{ block.dish }}")
    for name in list_layouts(templates):
        path = templates / name / "layout.toml"
        source = path.read_text(encoding="utf-8")
        path.write_text(source.replace("kit_blocks = [", 'kit_blocks = ["recipe",', 1), encoding="utf-8")
        mail = render(make_block("recipe", dish="Soupe aux orties"), layout=read_layout(templates / name)).mail
        assert "Soupe aux orties</p>" in mail.html
        assert "\nSoupe aux orties\n" in mail.text


def test_what_a_layout_brings_itself_goes_before_the_kit(templates: Path) -> None:
    (templates / "launch/blocks").mkdir()
    own = '<mj-section><mj-column><mj-text><p class="p">Ici : {{ block.label }}</p></mj-text></mj-column></mj-section>'
    add(templates / "launch/blocks/rubric.mjml", own)
    add(templates / "launch/layout.toml", '\n[colours]\nink = "#102030"\n')
    html = render(make_block("rubric", label="À lire"), layout=read_layout(templates / "launch")).mail.html
    assert "Ici&#160;: À lire" in html or "Ici : À lire" in html
    assert "color:#102030" in html


def test_the_digest_of_a_layout_follows_its_kit(templates: Path) -> None:
    before = read_layout(templates / "monthly").sha256
    add(templates / "kit/screen.css", ".new{color:#102030}")
    assert read_layout(templates / "monthly").sha256 != before


@pytest.mark.parametrize(
    ("old", "new", "message", "key"),
    [
        ('kit = "kit"', 'kit = "kitt"', "no kit kitt", 'kit = "kitt"'),
        ('kit = "kit"', 'kit = "../kit"', "no kit ../kit", 'kit = "../kit"'),
        ('"sponsor"', '"sponser"', "the kit has no block “sponser”", "kit_blocks"),
    ],
)
def test_what_the_kit_lacks_is_an_error_at_its_line(
    templates: Path, old: str, new: str, message: str, key: str
) -> None:
    path = templates / "monthly/layout.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LayoutError, match=re.escape(message)) as caught:
        read_layout(templates / "monthly")
    place = caught.value.where
    assert place is not None
    assert place.file == "templates/monthly/layout.toml"
    assert place.line is not None
    assert key in path.read_text(encoding="utf-8").splitlines()[place.line - 1]


def test_a_mistake_in_the_kit_is_told_with_the_kits_file(templates: Path) -> None:
    add(templates / "kit/blocks/rubric.mjml", "{{ block.lable }}")
    with pytest.raises(LayoutError) as caught:
        render(make_block("rubric", label="À lire"), layout=read_layout(templates / "launch"))
    assert caught.value.where is not None
    assert caught.value.where.file == "templates/kit/blocks/rubric.mjml"


def test_lines_of_a_table_need_the_table(templates: Path) -> None:
    (templates / "kit/groups/event.mjml").unlink()
    with pytest.raises(LayoutError, match=r"the layout has no groups/event\.mjml"):
        read_layout(templates / "monthly")


# --- the letters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LETTERS)
def test_the_letters_of_the_gallery_have_no_fault(name: str) -> None:
    findings = Project.open(ROOT).check(read_letter(name))
    assert [finding for finding in findings if finding.level is Level.ERROR] == []
    assert {finding.code for finding in findings} <= {"article-already-sent"}


def test_every_block_of_the_kit_is_shown_by_a_letter_of_the_gallery() -> None:
    shown = {block.kind for name in LETTERS for block in read_letter(name).blocks}
    declared = tomllib.loads((KIT / "kit.toml").read_text(encoding="utf-8"))["blocks"]
    assert set(declared) == shown
    assert set(declared) == {kind for name in LETTERS for kind in find_layout(TEMPLATES, name).blocks}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_is_small_and_has_one_title_and_no_skipped_rank(name: str) -> None:
    letter = preview_letter(name)
    ranks = [int(rank) for rank in re.findall(r"<h([1-6])\b", letter.html)]
    assert ranks.count(1) == 1
    assert ranks[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(ranks))
    assert letter.size < 80_000


def in_outlook(html: str) -> str:
    """The letter as Outlook on Windows reads it: its conditional comments open, those for others gone."""
    html = re.sub(r"<!--\[if !mso.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
    return re.sub(r"<!--\[if (?:mso|gte mso|lte mso)[^]]*\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL)


@pytest.mark.parametrize("name", LETTERS)
def test_outlook_gets_tables_that_close_widths_of_whole_pixels_and_no_ground_that_it_cannot_draw(name: str) -> None:
    html = in_outlook(preview_letter(name).html)
    open_tags: list[str] = []
    for closing, tag in re.findall(r"<(/?)(table|tbody|tr|td|th|div)\b", html):
        if closing:
            assert open_tags.pop() == tag
        else:
            open_tags.append(tag)
    assert not open_tags
    assert all(width.isdecimal() for width in re.findall(r'<img[^>]* width="([^"]*)"', html))
    assert all(re.fullmatch(r"\d+|\d+%", it) for it in re.findall(r'<t(?:able|d|h)[^>]* width="([^"]*)"', html))
    assert "background-image" not in html
    assert not re.search(r"background(-image)?:[^;\"]*url\(|\bbackground=", html)


@pytest.mark.parametrize("name", LETTERS)
def test_the_text_part_says_every_title_of_the_letter(name: str) -> None:
    letter = preview_letter(name)
    text = " ".join(letter.text.split()).lower()
    titles = re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", letter.html, re.DOTALL)
    for title in titles:
        words = " ".join(re.sub(r"<[^>]+>", "", title).replace("&#160;", " ").split()).lower()
        assert words in text


@pytest.mark.parametrize("name", LETTERS)
def test_the_text_part_is_as_it_was_read_and_approved(name: str) -> None:
    """After a change that is meant: `make references`."""
    kept = ROOT / "tests" / "browser" / "references" / f"{name}.txt"
    assert preview_letter(name).text == kept.read_text(encoding="utf-8")


# --- the blocks ----------------------------------------------------------------------------------------------------


def test_the_contents_of_the_paper_issue_are_pages_and_titles_in_one_list() -> None:
    first = make_block("contents", page=8, title="Ce que retient une haie", standfirst="Trois fermes voisines.")
    mail = render(first, make_block("contents", page=112, title="Le fleuve", url="/articles/fleuve")).mail
    assert mail.html.count('class="td no"') == 2
    assert mail.html.index(">8</td>") < mail.html.index("Ce que retient une") < mail.html.index(">112</td>")
    assert "p.\u00a08   Ce que retient une haie\n       Trois fermes voisines.\n" in mail.text
    assert "p.\u00a0112 Le fleuve\n       https://www.imagine-magazine.com/articles/fleuve\n" in mail.text


def test_the_agenda_is_one_table_whose_rows_begin_with_their_day() -> None:
    html = render(*EVENTS).mail.html
    assert html.count('scope="row"') == 2
    table = html[html.rindex("<table", 0, html.index('scope="row"')) :]
    assert not re.match(r"<table[^>]*role=", table)
    assert table.index("</table>") > table.index("Troc de graines")
    assert re.search(r'scope="row"[^>]*>Mar\. 7\s+nov\.', html)
    assert re.search(r"Ven\. 1er\s+déc\.<br ?/?>au 3\s+déc\.", html)


def test_the_agenda_of_the_text_part_has_its_days_in_full() -> None:
    text = " ".join(render(*EVENTS).mail.text.split())
    assert "MARDI 7 NOVEMBRE 2023" in text
    assert "VENDREDI 1ER DÉCEMBRE 2023 AU DIMANCHE 3 DÉCEMBRE 2023" in text


def test_the_agenda_is_dated_in_the_language_of_the_site() -> None:
    imprint = replace(make_imprint(), site=make_site("en"))
    html = render(*EVENTS, imprint=imprint).mail.html
    assert re.search(r"Fri 1\s+Dec<br ?/?>to 3\s+Dec", html)


def test_a_sponsor_is_named_as_paid_before_its_name() -> None:
    mail = render(make_block("sponsor", name="La Bonne Lampe", text="répare.", url="https://example.org/")).mail
    assert 0 < mail.html.index("Annonce payée") < mail.html.index("La Bonne Lampe")
    assert 0 < mail.text.index("ANNONCE PAYÉE") < mail.text.index("La Bonne Lampe")
    assert "ni écrit ni relu" in mail.html


def test_the_members_box_is_in_no_letter_to_everybody_whatever_the_issue_says() -> None:
    box = make_block("members", title="Un dossier réservé", text="Les comptes.")
    everybody = replace(make_imprint(), mailing_list=make_list(audience="all"))
    mine = render(box).mail
    theirs = render(box, imprint=everybody).mail
    assert "réservé" in mine.html
    assert "RÉSERVÉ" in mine.text.upper()
    assert "réservé" not in theirs.html
    assert "RÉSERVÉ" not in theirs.text.upper()


def test_a_letter_carries_only_the_dark_rules_of_its_blocks() -> None:
    assert ".big{" not in render(*EVENTS).mail.html
    assert ".big{" in render(make_block("number", figure="112", text="pages.")).mail.html


@pytest.mark.parametrize("name", LETTERS)
def test_ten_articles_of_the_magazine_weigh_eighty_kilobytes_at_most(name: str) -> None:
    """Two of them whole; Gmail cuts at 102, and a mail that is answered or forwarded grows."""
    project = Project.open(ROOT)
    paths = sorted(path.name for path in (ROOT / "content" / "articles").glob("*.md"))[-10:]
    leads = [make_block("lead", path.removesuffix(".md"), whole=True) for path in paths[:2]]
    cards = [make_block("card", path.removesuffix(".md")) for path in paths[2:]]
    issue = replace(read_letter(name), blocks=(*leads, *cards), ignored={})
    html = project.render(issue).mail.html
    assert all(f'href="{project.source.read(path).url}"' in html for path in paths)
    assert 30_000 < len(html.encode()) <= 80_000
