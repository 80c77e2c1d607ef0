"""The newsroom's commands, from the command line."""

import json
from pathlib import Path

import pytest

from newsletter.cli.app import run

ROOT = Path(__file__).parents[2]


def test_layouts_tell_every_block_and_parameter_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(ROOT), "--lang", "en", "layouts", "--json"]) == 0
    known = {layout["name"]: layout for layout in json.loads(capsys.readouterr().out)}
    assert list(known) == ["appeal", "launch", "monthly"]
    blocks = {block["kind"]: block for block in known["monthly"]["blocks"]}
    assert blocks["members"]["audience"] == "members"
    assert blocks["lead"]["article"] is True
    day = next(parameter for parameter in blocks["event"]["parameters"] if parameter["name"] == "day")
    assert (day["type"], day["required"], day["help"]) == ("date", True, "The day.")
    palette = next(parameter for parameter in known["appeal"]["parameters"] if parameter["name"] == "palette")
    assert "autumn" in palette["choices"]


def test_layouts_are_told_with_their_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(ROOT), "layouts"]) == 0
    shown = capsys.readouterr().out
    assert "\nmonthly  " in shown
    assert "  sponsor " in shown
    assert "kit" not in shown.split()


def test_layouts_answer_a_wrong_kit_with_its_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "project"
    assert run(["init", str(project)]) == 0
    path = project / "templates/appeal/layout.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('kit = "kit"', 'kit = "kid"'), encoding="utf-8")
    assert run(["--project", str(project), "layouts"]) == 1
    assert "templates/appeal/layout.toml:6:" in capsys.readouterr().err


@pytest.mark.parametrize("layout", ["appeal", "launch", "monthly"])
def test_a_new_issue_says_nothing_that_its_layout_does_not_know(
    layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = ["--project", str(tmp_path / "project")]
    assert run(["init", str(tmp_path / "project")]) == 0
    capsys.readouterr()
    arguments = ["--layout", layout, "--date", "2023-10-01", "--since", "2023-07-01"]
    arguments += ["--again", "2023-07-03-sous-la-cour-la-terre.md", "--again", "2023-08-10-ce-que-coute-une-page.md"]
    assert run([*project, "new", "Octobre", *arguments]) == 0
    written = capsys.readouterr().out.split()[-1]
    source = (tmp_path / "project" / written).read_text(encoding="utf-8")
    assert source.count("kind: card") == 2
    run([*project, "check", Path(written).stem, "--json"])
    codes = {finding["code"] for finding in json.loads(capsys.readouterr().out)}
    assert "unknown-parameter" not in codes
