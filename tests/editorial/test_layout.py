"""A layout package is read strictly, and grows without a line of Python."""

import shutil
import tomllib
from pathlib import Path

import pytest

from newsletter.editorial.layout import find_layout, list_layouts, read_layout
from newsletter.errors import LayoutError, UsageError
from newsletter.i18n import speaking
from newsletter.model import ParameterType
from tests.editorial.launch_project import LAUNCH, TEMPLATES, copy_launch, launch, make_block, render


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The launch layout in one folder, that a test may change."""
    return copy_launch(tmp_path / "templates")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A copy of the launch layout as it is, beside its kit."""
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates")) / "launch"


def change(folder: Path, old: str, new: str, *, name: str = "layout.toml") -> None:
    source = (folder / name).read_text(encoding="utf-8")
    assert old in source
    (folder / name).write_text(source.replace(old, new, 1), encoding="utf-8")


def line_of(folder: Path, words: str) -> int:
    lines = (folder / "layout.toml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def test_the_launch_layout_declares_its_blocks_and_parameters() -> None:
    layout = launch()
    assert {"cover", "opening", "rubric", "lead", "card", "call", "text", "button", "image", "quote"} <= set(
        layout.blocks
    )
    assert layout.blocks["card"].columns == 2
    assert layout.blocks["lead"].takes_article
    assert layout.blocks["lead"].parameters["credit"].article == "image.credit"
    assert layout.blocks["call"].parameters["deadline"].type is ParameterType.DATE
    assert layout.parameters["number"].type is ParameterType.NUMBER
    assert layout.width == 600


def test_dark_and_seasonal_colours_stand_beside_the_light_ones() -> None:
    colours = launch().colours
    assert {"ink", "dark_ink", "summer_accent", "summer_dark_accent"} <= set(colours)


def test_every_parameter_says_in_one_sentence_what_it_is_for() -> None:
    layout = launch()
    for owner in (layout, *layout.blocks.values()):
        assert owner.help.endswith(".")
        for parameter in owner.parameters.values():
            assert parameter.help.endswith("."), parameter.name


def test_the_digest_changes_with_any_file_and_with_nothing_else(folder: Path) -> None:
    before = read_layout(folder).sha256
    assert read_layout(folder).sha256 == before
    change(folder, "{{ block.label", "{{  block.label", name="blocks/rubric.mjml")
    assert read_layout(folder).sha256 != before


def test_a_block_and_its_parameters_are_added_without_python(folder: Path) -> None:
    declaration = (
        '\n[blocks.tally]\nhelp = "A figure."\nparameters.figure = { type = "number", help = "The figure." }\n'
    )
    path = folder / "layout.toml"
    path.write_text(path.read_text(encoding="utf-8") + declaration, encoding="utf-8")
    text = '<mj-text><p class="h1">{{ block.figure }} litres</p></mj-text>'
    section = f"<mj-section><mj-column>{text}</mj-column></mj-section>"
    (folder / "blocks/tally.mjml").write_text(section, encoding="utf-8")
    (folder / "blocks/tally.txt").write_text("{{ block.figure }} litres", encoding="utf-8")
    mail = render(make_block("tally", figure=1842), layout=read_layout(folder)).mail
    assert "1842 litres</p>" in mail.html
    assert "\n1842 litres\n" in mail.text


def test_a_parameter_is_added_without_python(folder: Path) -> None:
    change(
        folder,
        "[blocks.quote.parameters]\n",
        '[blocks.quote.parameters]\nplace = { type = "text", default = "Liège", help = "Where it was said." }\n',
    )
    change(folder, "{{ block.source }}", "{{ block.source }}, {{ block.place }}", name="blocks/quote.mjml")
    rendering = render(make_block("quote", text="Non.", source="Une voisine"), layout=read_layout(folder))
    assert "Une voisine, Liège" in rendering.mail.html
    assert not rendering.findings


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("columns = 2", "column = 2", "unknown key blocks.card.column", "columns"),
        ("columns = 2", 'columns = "2"', "blocks.card.columns", None),
        ("columns = 2", "columns = 9", "blocks.card.columns", None),
        ("width = 600", "widht = 600", "unknown key widht", "width"),
        ("width = 600", "width = 60", "width", None),
        ('box = "#f2ecdd"', 'box = "#fed"', "is not a colour", None),
        ('dark_accent = "#8fc1ea"', 'dark_accent = "blue"', "is not a colour", None),
        ('number = { type = "number"', 'number = { type = "nombre"', "unknown parameter type", "number"),
        ('number = { type = "number"', 'number = { typ = "number"', "unknown key parameters.number.typ", "type"),
        ('number = { type = "number"', 'number = { type = "choice"', "choices", None),
        ('default = false, help = "Show', 'default = "non", help = "Show', "the default of whole", None),
        ('required = true, help = "Name of the part."', 'required = 1, help = "Name."', "required", None),
    ],
)
def test_a_wrong_declaration_is_an_error_at_its_line(
    folder: Path, old: str, new: str, message: str, hint: str | None
) -> None:
    change(folder, old, new)
    with pytest.raises(LayoutError) as caught:
        read_layout(folder)
    assert message in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.file == "templates/launch/layout.toml"
    assert caught.value.where.line in (line_of(folder, new), line_of(folder, new.split(" = ")[0]))
    assert hint is None or hint in (caught.value.hint or "")


def test_toml_that_is_not_toml_is_an_error_at_its_line(folder: Path) -> None:
    change(folder, "width = 600", "width = = 600")
    with pytest.raises(LayoutError) as caught:
        read_layout(folder)
    assert caught.value.where is not None
    assert caught.value.where.line == line_of(folder, "width = = 600")


def test_a_declaration_that_is_not_text_is_an_error(folder: Path) -> None:
    (folder / "layout.toml").write_bytes(b'help = "\xe9"')
    with pytest.raises(LayoutError, match="not UTF-8: byte 0xE9"):
        read_layout(folder)


@pytest.mark.parametrize("name", ["layout.mjml", "layout.txt", "text.css", "blocks/lead.mjml", "blocks/lead.txt"])
def test_a_missing_template_is_an_error(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(LayoutError, match=f"the layout has no {name}"):
        read_layout(folder)


def test_layouts_are_listed_by_name(folder: Path) -> None:
    (folder.parent / "notes").mkdir()
    assert list_layouts(folder.parent) == ["launch"]


def test_an_unknown_layout_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as caught:
        find_layout(TEMPLATES, "lunch")
    assert caught.value.hint == "did you mean launch?"
    with pytest.raises(UsageError) as caught:
        find_layout(TEMPLATES, "zzz")
    for elsewhere in ("..", ".", "", "../templates/launch", "launch/", "launch/.."):
        with pytest.raises(UsageError):
            find_layout(TEMPLATES, elsewhere)
    assert "launch" in (caught.value.hint or "")


def test_a_layout_is_found_by_its_name() -> None:
    assert find_layout(TEMPLATES, "launch").name == "launch"


def test_a_layout_without_translation_keeps_its_own_words(folder: Path) -> None:
    change(folder, 'help = "Who says it."', 'help = "Qui parle."')
    with speaking("fr"):
        assert read_layout(folder).blocks["quote"].parameters["source"].help == "Qui parle."


def test_every_pair_of_colours_in_use_can_be_read() -> None:
    """WCAG 2.2 §1.4.3: at least 4.5 to 1, in light and in dark."""
    colours = launch().colours
    seasons = ("winter", "spring", "summer", "autumn")
    for shade in ("", "dark_"):
        inks = [colours[f"{shade}{name}"] for name in ("ink", "muted", "soft")]
        accents = [colours[f"{season}_{shade}accent"] for season in seasons]
        grounds = [colours[f"{shade}{name}"] for name in ("paper", "box")]
        pairs = [(ink, ground) for ink in (*inks, *accents) for ground in grounds]
        pairs += [(colours[f"{shade}on_accent"], accent) for accent in accents]
        pairs += [(colours[name], colours["field"]) for name in ("on_field", "field_accent")]
        for ink, ground in pairs:
            assert contrast(ink, ground) >= 4.5, (shade, ink, ground)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_shipped_declaration_is_plain_toml() -> None:
    assert tomllib.loads((LAUNCH / "layout.toml").read_text(encoding="utf-8"))["kit"] == "kit"
