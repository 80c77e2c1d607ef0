"""One place gives every parameter its value, nearest first, and says what does not fit."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from newsletter.editorial.conversion import convert
from newsletter.editorial.parameters import Levels, Origin, resolve, unknown_parameters
from newsletter.model import Level, Parameter, ParameterType, Place
from tests.editorial.launch_project import ISSUE, launch, make_article, make_block, make_image

KICKER = Parameter(name="kicker", type=ParameterType.TEXT, help="A label.", default="layout", article="cat")


def levels(**said: Any) -> Levels:
    """All five levels speak, unless a test silences one."""
    values: dict[str, Any] = {
        "issue": replace(ISSUE, parameters={"kicker": "issue"}, lines={"kicker": 7}),
        "place": Place(file=ISSUE.file, line=20),
        "block": 3,
        "said": {"kicker": "block"},
        "article": make_article("a", front_matter={"cat": "article"}),
        "settings": {"kicker": "settings"},
    }
    return Levels(**{**values, **said})


SILENT: tuple[tuple[Origin, dict[str, Any]], ...] = (
    (Origin.BLOCK, {}),
    (Origin.ARTICLE, {"said": {}}),
    (Origin.ISSUE, {"article": make_article("a", front_matter={})}),
    (Origin.SETTINGS, {"issue": replace(ISSUE, parameters={})}),
    (Origin.LAYOUT, {"settings": {}}),
)


@pytest.mark.parametrize("level", range(5))
def test_the_nearest_level_that_speaks_gives_the_value(level: int) -> None:
    silenced = {key: value for _origin, said in SILENT[: level + 1] for key, value in said.items()}
    values, findings = resolve({"kicker": KICKER}, levels(**silenced))
    assert values["kicker"].content == values["kicker"].origin.value == SILENT[level][0].value
    assert not findings


def test_each_value_knows_where_it_stands() -> None:
    places = []
    silenced: dict[str, Any] = {}
    for _origin, said in SILENT:
        silenced |= said
        places.append(resolve({"kicker": KICKER}, levels(**silenced))[0]["kicker"].place)
    files = [place.file for place in places[:4]]
    assert files == [ISSUE.file, "content/articles/a.md", ISSUE.file, "newsletter.toml"]
    assert [place.line for place in places[:3]] == [20, 5, 7]


def test_an_empty_text_in_the_block_silences_the_other_levels() -> None:
    values, _findings = resolve({"kicker": KICKER}, levels(said={"kicker": ""}))
    assert values["kicker"].content == ""


def test_a_picture_of_the_block_does_not_take_the_description_of_the_articles() -> None:
    alt = Parameter(name="alt", type=ParameterType.TEXT, help="", article="image.alt")
    article = make_article("a", image=make_image("a", alt="Une chaise"))
    assert resolve({"alt": alt}, levels(said={}, article=article))[0]["alt"].content == "Une chaise"
    assert resolve({"alt": alt}, levels(said={"image": "/uploads/b.jpg"}, article=article))[0]["alt"].content is None


def test_a_value_that_does_not_fit_is_a_finding_and_the_next_level_speaks() -> None:
    values, findings = resolve({"kicker": KICKER}, levels(said={"kicker": ["a", "b"]}))
    assert values["kicker"].content == "article"
    (finding,) = findings
    assert (finding.code, finding.level, finding.block) == ("wrong-parameter", Level.ERROR, 3)
    assert finding.place == Place(file=ISSUE.file, line=20, field="kicker")


def test_a_required_parameter_without_value_is_a_finding() -> None:
    required = replace(KICKER, default=None, required=True, article=None)
    _values, findings = resolve({"other": replace(required, name="other")}, levels())
    assert [(finding.code, finding.block) for finding in findings] == [("missing-parameter", 3)]


def test_an_undeclared_parameter_is_a_finding_with_the_nearest_name() -> None:
    issue = replace(
        ISSUE,
        parameters={"numbre": 156, "season": "Été"},
        blocks=(make_block("lead", "fleuve", kiker="Enquête", audience="members"),),
        lines={"numbre": 8},
    )
    first, second = unknown_parameters(issue, launch())
    assert first.place == Place(file=ISSUE.file, line=8, field="numbre")
    assert second.place == Place(file=ISSUE.file, line=20, field="kiker")
    assert [finding.hint for finding in (first, second)] == ["did you mean number?", "did you mean kicker?"]
    assert {finding.code for finding in (first, second)} == {"unknown-parameter"}
    assert second.block == 0


def test_a_parameter_said_for_the_whole_issue_may_belong_to_its_blocks() -> None:
    assert not list(unknown_parameters(replace(ISSUE, parameters={"link": "Lire"}), launch()))


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("text", "  deux\n lignes ", "deux lignes"),
        ("text", "vingt\u00a0francs", "vingt\u00a0francs"),
        ("text", 2023, "2023"),
        ("markdown", "un\n\ndeux", "un\n\ndeux"),
        ("number", 157, 157),
        ("number", "157", 157),
        ("number", 0.5, 0.5),
        ("boolean", False, False),
        ("date", dt.date(2023, 8, 25), dt.date(2023, 8, 25)),
        ("date", dt.datetime(2023, 8, 25, 9, 0), dt.date(2023, 8, 25)),
        ("date", "2023-08-25", dt.date(2023, 8, 25)),
        ("colour", "#1F2A27", "#1f2a27"),
        ("url", " https://example.org/x ", "https://example.org/x"),
        ("url", "/numeros/156", "/numeros/156"),
        ("url", "mailto:a@example.org", "mailto:a@example.org"),
        ("image", "/uploads/a.jpg", "/uploads/a.jpg"),
        ("choice", "summer", "summer"),
        ("number", None, None),
    ],
)
def test_what_people_write_becomes_what_the_type_promises(kind: str, written: Any, value: Any) -> None:
    parameter = Parameter(name="x", type=ParameterType(kind), help="", choices=("summer", "winter"))
    assert convert(written, parameter) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("text", True),
        ("text", ["a"]),
        ("markdown", 3),
        ("number", "trois"),
        ("number", True),
        ("boolean", "oui"),
        ("boolean", ""),
        ("date", "25 août"),
        ("colour", "#fff"),
        ("colour", "red"),
        ("url", "javascript:alert(1)"),
        ("url", "data:text/html,x"),
        ("url", "deux mots"),
        ("image", 3),
        ("choice", "sumer"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(kind: str, written: Any) -> None:
    parameter = Parameter(name="x", type=ParameterType(kind), help="", choices=("summer", "winter"))
    with pytest.raises(ValueError, match="expected"):
        convert(written, parameter)
