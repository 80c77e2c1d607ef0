"""From an issue to the mail that is approved and sent: every block, exactly, and the same bytes every time."""

import datetime as dt
import re
import socket
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from newsletter.editorial.layout import read_layout
from newsletter.editorial.memory import forget
from newsletter.editorial.render import Imprint, render_issue
from newsletter.errors import ContentError, LayoutError
from newsletter.i18n import speaking
from newsletter.model import Place, RenderedMail
from tests.editorial.launch_project import (
    ARTICLES,
    BLOCKS,
    ISSUE,
    copy_launch,
    launch,
    make_article,
    make_block,
    make_image,
    make_imprint,
    make_list,
    make_site,
    render,
)

ENGLISH = make_imprint("en")
NBSP, NNBSP = "\u00a0", "\u202f"


def visible(html: str) -> str:
    """What a reader sees, blanks collapsed."""
    text = re.sub(r"<!--.*?-->|<(style|title)\b.*?</\1>", "", html, flags=re.DOTALL)
    return plain(unescape(re.sub(r"<[^>]*>", " ", text)))


def plain(text: str) -> str:
    return " ".join(text.replace(NBSP, " ").replace(NNBSP, " ").split())


def unspaced(text: str) -> str:
    """Without what typography may change."""
    return re.sub(r"\s", "", text).replace("’", "'")


def settled(mail: RenderedMail, **reader: str) -> tuple[str, str]:
    """HTML and text for one reader."""
    html, text = mail.html, mail.text
    for field in mail.fields:
        value = reader.get(field.name) or field.fallback
        value = field.prefix + value if value else ""
        html, text = html.replace(field.token, value), text.replace(field.token, value)
    return html, text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the launch layout that a test may break."""
    return copy_launch(tmp_path / "templates")


# --- the blocks ----------------------------------------------------------------------------------------------------


def test_the_masthead_shows_name_tagline_number_season_and_date() -> None:
    html = visible(render(imprint=ENGLISH).mail.html)
    assert "Imagine Écologie, société, Nord-Sud : le temps long No. 156 · Summer August 16, 2023" in html


def test_the_first_of_a_month_is_written_as_in_french() -> None:
    mail = render(date=dt.date(2023, 10, 1)).mail
    assert "1er octobre 2023" in visible(mail.html)
    assert "1er octobre 2023" in plain(mail.text)


def test_the_season_of_the_date_gives_the_accent_unless_the_issue_chooses() -> None:
    assert "#8a5200" in render(make_block("button", label="Lire", url="/x")).mail.html
    parameters = {"palette": "winter", "season": "Spécial"}
    mail = render(make_block("button", label="Lire", url="/x"), parameters=parameters).mail
    assert "#245a86" in mail.html
    assert "#8a5200" not in mail.html
    assert "Spécial" in mail.text


def test_an_issue_without_opening_has_its_subject_as_its_only_main_title() -> None:
    html = render(make_block("lead", "fleuve")).mail.html
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", html) == [f"Imagine n°{NBSP}156{NBSP}: qui gardera la{NBSP}pluie{NNBSP}?"]


def test_the_opening_carries_the_only_main_title() -> None:
    titles = re.findall(r"<h1[^>]*>(.*?)</h1>", render().mail.html)
    assert [plain(title) for title in titles] == ["Qui gardera la pluie ?"]


def test_cover_and_opening_come_first_wherever_the_issue_names_them() -> None:
    html = render(*reversed(BLOCKS)).mail.html
    assert html.index("Des collines") < html.index("Ce numéro a commencé") < html.index("Prendre une part")
    assert html.index("couverture.jpg") < html.index("Prendre une part")
    assert html.index("<h1") < html.index("<h2")


def test_a_lead_shows_picture_credit_label_title_standfirst_first_words_and_link() -> None:
    html = render(make_block("lead", "fleuve"), imprint=ENGLISH).mail.html
    assert 'src="https://www.imagine-magazine.com/uploads/fleuve.jpg"' in html
    assert 'alt="Un dessin nommé fleuve"' in html
    seen = visible(html)
    assert "Picture: Atelier fleuve Reportage Le titre de fleuve Deux phrases qui présentent fleuve." in seen
    assert "À Podor, l’eau du fleuve se partage au lever du jour." in seen
    assert "Read “Le titre de fleuve”" in seen
    assert "Une rencontre" not in seen


def test_a_whole_article_is_shown_on_demand_with_its_headings_below_its_title() -> None:
    mail = render(make_block("rubric", label="Lire"), make_block("lead", "fleuve", whole=True)).mail
    assert re.findall(r"<h([1-6])", mail.html) == ["1", "2", "3", "4"]
    assert "une liste" in mail.html
    assert "- une liste" in mail.text
    assert "https://www.imagine-magazine.com/articles/ailleurs" in mail.text


def test_no_rank_of_heading_is_skipped_without_a_rubric() -> None:
    mail = render(make_block("lead", "fleuve", whole=True), make_block("card", "haie")).mail
    assert re.findall(r"<h([1-6])", mail.html) == ["1", "2", "3", "2"]


def test_two_cards_share_a_row_and_a_third_starts_another() -> None:
    names = ("haie", "ecole", "pluie")
    html = render(*(make_block("card", name) for name in names)).mail.html
    assert html.count("mj-column-per-50") >= 2
    assert html.index("haie.jpg") < html.index("ecole.jpg") < html.index("pluie.jpg")


def test_a_call_says_its_deadline_in_words_and_whom_to_ask() -> None:
    mail = render(make_block("call", "recrute", contact="jobs@example.org"), imprint=ENGLISH).mail
    seen = visible(mail.html)
    assert "Offre d’emploi Le titre de recrute" in seen
    assert "Deadline: Friday, August 25, 2023" in seen
    assert 'href="mailto:jobs@example.org"' in mail.html
    assert "> Deadline: Friday, August 25, 2023" in plain(mail.text)


def test_a_label_too_long_for_one_line_is_left_out() -> None:
    article = make_article("long", front_matter={"cat": "Une phrase bien trop longue pour servir d'étiquette"})
    html = render(make_block("lead", "long"), articles={"long.md": article}).mail.html
    assert "étiquette" not in visible(html)


def test_an_article_without_picture_is_shown_without() -> None:
    article = make_article("nu", image=None)
    html = render(make_block("lead", "nu"), make_block("card", "nu"), articles={"nu.md": article}).mail.html
    assert "<img" not in html
    assert visible(html).count("Le titre de nu") >= 2


def test_a_picture_nobody_described_has_no_alt_and_is_no_link() -> None:
    article = make_article("muet", image=make_image("muet", alt=None))
    html = render(make_block("lead", "muet"), articles={"muet.md": article}).mail.html
    (picture,) = re.findall(r"<img[^>]*>", html)
    assert "alt=" not in picture
    assert not re.search(r"<a[^>]*>\s*<img", html)


def test_the_footer_says_who_writes_why_and_how_to_leave() -> None:
    mail = render(imprint=ENGLISH).mail
    html, text = settled(mail, unsubscribe_url="https://example.org/u", web_url="https://example.org/v")
    for part in (visible(html), plain(text)):
        assert "Imagine COOP, rue de l’Exemple 12, 4000 Liège" in part
        assert "This letter does not track you." in part
        assert "You receive this letter because you subscribed to the list" in part
    assert html.count('href="https://example.org/u"') == 1
    assert html.count('href="https://example.org/v"') == 2
    assert "https://example.org/u\n" in text


def test_the_list_may_say_why_one_receives_the_letter() -> None:
    imprint = Imprint(site=make_site(), mailing_list=make_list(why="Vous êtes membre d'Imagine COOP."))
    mail = render(imprint=imprint).mail
    assert "Vous êtes membre d’Imagine COOP." in visible(mail.html)
    assert "Vous êtes membre d’Imagine COOP." in mail.text


# --- words and merge fields ----------------------------------------------------------------------------------------


def test_the_greeting_is_neutral_for_a_reader_without_first_name() -> None:
    mail = render(imprint=ENGLISH).mail
    for part in settled(mail, first_name="Hélène"):
        assert "Hello Hélène," in part
    for part in settled(mail):
        assert "Hello," in part


def test_no_letter_no_greeting() -> None:
    mail = render(body="\n", imprint=ENGLISH).mail
    assert "Hello" not in mail.html
    assert "Hello" not in mail.text


def test_subject_and_preheader_may_hold_merge_fields() -> None:
    mail = render(subject="{{ first_name | Vous }}, l'été est là", preheader="Pour {{ first_name | vous }}").mail
    tokens = {field.fallback: field.token for field in mail.fields if field.name == "first_name"}
    assert mail.subject == f"{tokens['Vous']}, l’été est là"
    assert mail.preheader == f"Pour {tokens['vous']}"


def test_an_unknown_merge_field_is_an_error_where_it_stands() -> None:
    with pytest.raises(ContentError) as caught:
        render(make_block("text", text="Bonjour {{ frist_name }}"))
    assert caught.value.where == Place(file=ISSUE.file, line=20, field="text")
    assert "first_name" in (caught.value.hint or "")


def test_a_column_that_the_list_declares_may_be_a_merge_field() -> None:
    imprint = Imprint(site=make_site(), mailing_list=make_list(fields=("commune",)))
    mail = render(make_block("text", text="À {{ commune | votre porte }} !"), imprint=imprint).mail
    assert {"commune"} <= {field.name for field in mail.fields}


@pytest.mark.parametrize("words", ["{{ 7*7 }}", "{{ config }}", "{% for x in y %}", "{{ first_name }}", "${7*7}"])
def test_what_looks_like_a_template_in_an_article_is_shown_as_it_is(words: str) -> None:
    article = make_article("a", title=f"Titre {words}", description=f"Chapeau {words}", body=f"Un corps {words} enfin.")
    mail = render(make_block("lead", "a", whole=True), articles={"a.md": article}).mail
    assert visible(mail.html).count(plain(words)) >= 3
    assert mail.text.count(words) >= 3
    assert "49" not in visible(mail.html).replace("4900", "")


@pytest.mark.parametrize(
    "title",
    [
        'Dire « oui » ou "non" ?',
        "Un & deux < trois > quatre",
        "L'été 🌻 de l'e\u0301cole\u00a0!",
        "Contre\\oblique \\u{202f} et 'apostrophe'",
        "</mj-text><script>alert(1)</script>",
    ],
)
def test_any_title_is_shown_whole_and_escaped_once(title: str) -> None:
    article = make_article("a", title=title, image=make_image("a", alt=title))
    mail = render(make_block("lead", "a"), make_block("card", "a"), articles={"a.md": article}).mail
    seen = unspaced(visible(mail.html))
    assert seen.count(unspaced(title)) >= 2
    alts = [unescape(alt) for _quote, alt in re.findall(r"<img[^>]* alt=([\"'])(.*?)\1", mail.html)]
    assert [unspaced(alt) for alt in alts] == [unspaced(title)] * 2
    assert unspaced(title) in unspaced(mail.text)
    assert "<script" not in mail.html


def test_the_fixed_words_are_in_the_letters_language_whatever_the_editors() -> None:
    letters = {}
    for editor in ("fr", "en"):
        with speaking(editor):
            letters[editor] = render(imprint=make_imprint("en")).mail
    assert letters["fr"] == letters["en"]
    assert "August" in letters["en"].html
    assert '<html lang="en"' in letters["en"].html


# --- the text part -------------------------------------------------------------------------------------------------


def test_the_text_part_says_everything_the_html_says() -> None:
    mail = render().mail
    text = plain(mail.text)
    for article in ARTICLES.values():
        assert plain(article.title) in text
        assert plain(article.description) in text
        assert article.url in text
        assert article.path == "recrute.md" or article.image is None or plain(str(article.image.alt)) in text
    for heading in re.findall(r"<h[1-3][^>]*>(.*?)</h[1-3]>", mail.html, flags=re.DOTALL):
        assert plain(unescape(re.sub("<[^>]*>", "", heading))).casefold() in text.casefold()
    for url in re.findall(r'<a[^>]* href="(https?://[^"]*)"', mail.html):
        assert unescape(url) in mail.text or url == "https://www.imagine-magazine.com"


def test_no_line_of_the_text_is_longer_than_72_characters_but_an_address() -> None:
    for line in settled(render().mail, first_name="Hélène")[1].splitlines():
        assert len(line) <= 72 or "://" in line
        assert line == line.rstrip()
    assert "\n\n\n" not in render().mail.text


# --- bytes ---------------------------------------------------------------------------------------------------------

_BUILD = """
import hashlib
from newsletter.i18n import set_language
from tests.editorial.launch_project import render
set_language("en")
mail = render().mail
print(mail.sha256, hashlib.sha256((mail.html + mail.text).encode()).hexdigest())
"""


def test_two_processes_make_the_same_bytes() -> None:
    def build(seed: str) -> str:
        root = Path(__file__).parents[2]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            [sys.executable, "-c", _BUILD], env=environment, cwd=root, capture_output=True, check=True
        )
        return done.stdout.decode()

    mail = render().mail
    first, second = build("1"), build("2")
    assert first == second
    assert first.startswith(mail.sha256)


def test_the_digest_covers_what_a_reader_gets_and_the_fallbacks() -> None:
    base = render().mail.sha256
    changes: list[dict[str, Any]] = [
        {"subject": "Autre"},
        {"preheader": "Autre"},
        {"body": "Autre"},
        {"parameters": {**ISSUE.parameters, "greeting": "Hello {{ first_name | toi }},"}},
    ]
    digests = {render(**change).mail.sha256 for change in changes}
    assert len(digests | {base}) == len(changes) + 1


def test_no_socket_is_opened_and_no_name_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise AssertionError("the renderer went to the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    forget()
    article = make_article("a", body='<link rel="stylesheet" href="http://127.0.0.1:9/x.css">\n\nBonjour à tous.')
    assert render(make_block("lead", "a", whole=True), articles={"a.md": article}).mail.html


def test_a_ten_article_issue_stays_well_under_what_gmail_shows() -> None:
    leads = [make_block("lead", name) for name in ("haie", "ecole", "pluie", "graines")]
    assert len(render(*BLOCKS, *leads).mail.html.encode()) <= 80_000


def test_the_html_holds_nothing_unfinished() -> None:
    html = render().mail.html
    assert html.startswith("<!DOCTYPE html>")
    assert "<mj-" not in html
    assert "slot" not in html
    assert "{{" not in html
    assert html.count("<!--[if") == html.count("<![endif]")
    assert not re.search(r'(?:style|bgcolor|color)="[^"]*#[0-9a-f]{3}(?![0-9a-f])', html)
    widths = re.findall(r'<img[^>]* width="([^"]*)"', html)
    assert widths
    assert all(width.isdecimal() for width in widths)
    assert "fonts.googleapis" not in html


def test_dark_mode_is_authored_for_readers_and_for_outlook() -> None:
    html = render().mail.html
    assert "@media (prefers-color-scheme:dark)" in html
    assert "[data-ogsc] .h1" in html
    assert "[data-ogsb] .page" in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert all(len(sheet) < 8_192 for sheet in re.findall(r"<style.*?</style>", html, flags=re.DOTALL))


def test_each_block_knows_its_weight_and_its_article() -> None:
    rendering = render()
    assert [block.kind for block in rendering.blocks] == [block.kind for block in ISSUE.blocks]
    assert [block.number for block in rendering.blocks] == list(range(len(ISSUE.blocks)))
    assert all(1_000 < block.html_bytes < 10_000 for block in rendering.blocks)
    assert sum(block.html_bytes for block in rendering.blocks) < len(rendering.mail.html.encode())


def test_the_markdown_that_is_shown_is_kept_for_the_checks() -> None:
    documents = render().documents
    assert documents["issue"].links[0].url == "mailto:redaction@imagine-magazine.com"
    assert documents["issue"].links[0].line == 62
    assert "fleuve.md" in documents
    assert documents["block 11: text"].links[0].url == "https://www.imagine-magazine.com/agenda/spa"
    assert "haie.md" not in documents


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_a_missing_article_is_an_error_at_the_line_of_its_block() -> None:
    with pytest.raises(ContentError) as caught:
        render(make_block("lead", "fleuv"))
    assert caught.value.where == Place(file=ISSUE.file, line=20, field="article")
    assert caught.value.hint == "did you mean fleuve.md?"


def test_an_unknown_kind_of_block_is_an_error_with_the_nearest_one() -> None:
    with pytest.raises(ContentError) as caught:
        render(make_block("leed", "fleuve"))
    assert caught.value.where == Place(file=ISSUE.file, line=20, field="kind")
    assert caught.value.hint == "did you mean lead?"


def test_a_picture_that_no_mail_may_show_is_an_error_at_its_block() -> None:
    with pytest.raises(ContentError) as caught:
        render(make_block("image", image="file:///etc/passwd", alt="x"))
    assert caught.value.where == Place(file=ISSUE.file, line=20, field="image")


def test_unknown_and_missing_parameters_are_findings_and_the_mail_is_made_all_the_same() -> None:
    rendering = render(make_block("quote", texte="Oui."))
    assert {finding.code for finding in rendering.findings} == {"unknown-parameter", "missing-parameter"}
    assert rendering.mail.html


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        ("blocks/quote.mjml", "{{ block.source }}", "{{ block.sauce }}", 5),
        ("blocks/quote.mjml", "{% if block.source %}", "{% if block.source %", 5),
        ("blocks/quote.mjml", "{% if block.source %}", "{% include 'no.mjml' %}{% if block.source %}", 5),
        ("blocks/quote.mjml", 'padding="56px 0px 0px"', 'padding="56px 0 0"', 1),
        ("blocks/quote.mjml", '<p class="q">', '<p class="q"><b>', 4),
        ("blocks/quote.txt", "{{ block.text", "{{ block.txt", 1),
        ("footer.mjml", 'padding="64px 0px 48px"', 'padding="64px 0 48px"', 2),
        ("page.mjml", 'name="text"', "name='text'", 30),
    ],
)
def test_an_error_in_a_template_names_its_file_and_line(folder: Path, name: str, old: str, new: str, line: int) -> None:
    path = folder / name
    source = path.read_text(encoding="utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LayoutError) as caught:
        render(make_block("quote", text="Oui.", source="Elle"), layout=read_layout(folder))
    assert caught.value.where is not None
    assert (caught.value.where.file, caught.value.where.line) == (f"templates/launch/{name}", line)


@pytest.mark.parametrize(
    ("token", "times", "guilty"), [("start", 2, "start"), ("end", 2, "end"), ("end", 0, "start"), ("start", 0, "end")]
)
def test_a_token_of_a_row_that_has_no_fellow_is_told_with_its_line(
    folder: Path, token: str, times: int, guilty: str
) -> None:
    path = folder / "page.mjml"
    source = path.read_text(encoding="utf-8")
    printed = f"{{{{ row.{token} }}}}"
    path.write_text(source.replace(printed, printed * times), encoding="utf-8")
    with pytest.raises(LayoutError, match="mark of the renderer") as caught:
        render(layout=read_layout(folder))
    where = caught.value.where
    assert where and where.file == "templates/launch/page.mjml"
    assert f"row.{guilty}" in source.split("\n")[(where.line or 0) - 1]


def test_an_edited_title_finds_the_page_as_it_was_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    render(make_block("card", "pluie", title="Un titre"))
    monkeypatch.setattr("newsletter.editorial.press.mjml_to_html", None)
    again = render(make_block("card", "pluie", title="Un <autre> titre & l’espace\u00a0!"))
    assert "Un &lt;autre&gt; titre &amp;" in again.mail.html


def test_a_template_cannot_reach_the_machinery_behind_its_values(folder: Path) -> None:
    path = folder / "footer.mjml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("{{ site.title }}", "{{ site.__class__.__mro__ }}"), "utf-8"
    )
    with pytest.raises(LayoutError):
        render(layout=read_layout(folder))


# --- members -------------------------------------------------------------------------------------------------------


def test_what_is_for_members_is_in_no_other_variant() -> None:
    secret = make_article("secret", title="Le mot de passe", audience="members")
    blocks = (make_block("lead", "secret"), make_block("text", text="Pour membres", audience="members"))
    articles = {**ARTICLES, "secret.md": secret}
    members = render(*blocks, articles=articles).mail
    assert "Le mot de passe" in members.html
    assert "Pour membres" in members.text
    everyone = render(
        *blocks, articles=articles, imprint=Imprint(site=make_site(), mailing_list=make_list(audience="all"))
    )
    assert everyone.mail.variant == "all"
    assert not everyone.blocks
    for part in (everyone.mail.html, everyone.mail.text):
        assert "Le mot de passe" not in part
        assert "Pour membres" not in part


def test_settings_give_a_value_for_every_issue() -> None:
    imprint = make_imprint(parameters={"tagline": "Le temps long"})
    assert "Le temps long" in render(imprint=imprint, parameters={}).mail.html


def test_an_issue_of_nothing_is_still_a_letter() -> None:
    empty = replace(ISSUE, blocks=(), body="", preheader="", parameters={})
    mail = render_issue(empty, layout=launch(), articles={}, imprint=ENGLISH).mail
    assert "Unsubscribe" in mail.html
    assert "Unsubscribe" in mail.text
