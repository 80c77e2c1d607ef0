"""The contract of the command line: exit codes, one line for every error, results on stdout and the rest on stderr."""

import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.cli.app import run


def test_without_a_command_the_help_is_shown() -> None:
    done = subprocess.run([sys.executable, "-m", "newsletter", "--help"], capture_output=True, text=True, check=True)
    assert "articles" in done.stdout


def test_the_help_speaks_french_unless_told_otherwise() -> None:
    def first_lines(*arguments: str) -> str:
        command = [sys.executable, "-m", "newsletter", *arguments, "--help"]
        return subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": ""}).stdout

    assert "lettre" in first_lines()
    assert "letter" in first_lines("--lang", "en")


def test_a_folder_that_is_no_project_is_one_line_and_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(tmp_path), "articles"]) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "newsletter.toml" in streams.err
    assert "Traceback" not in streams.err


@pytest.mark.parametrize(
    "arguments",
    [["artcles"], ["build"], ["--lang", "de", "lists"], ["articles", "--date", "tomorrow"], ["resolve"]],
)
def test_a_wrong_call_is_exit_2(arguments: list[str], sample_project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(sample_project), *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_of_ours_is_one_line_too_and_debug_shows_it(
    sample_project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from newsletter.project import Project

    def broken(self: Project) -> None:
        raise ZeroDivisionError("never\nmind")

    monkeypatch.setattr(Project, "list_sizes", broken)
    assert run(["--project", str(sample_project), "lists"]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 2
    assert run(["--debug", "--project", str(sample_project), "lists"]) == 1
    assert "Traceback" in capsys.readouterr().err
