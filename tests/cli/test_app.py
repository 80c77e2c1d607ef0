"""The contract of the command line: exit codes, one line for every error, results on stdout and the rest on stderr."""

import io
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

    french = first_lines()
    assert "lettre" in french
    assert "afficher cette page" in french
    assert "Show this message" not in french
    assert "letter" in first_lines("--lang", "en")


def test_a_folder_that_is_no_project_is_one_line_and_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(tmp_path), "articles"]) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "newsletter.toml" in streams.err
    assert "Traceback" not in streams.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["artcles"],
        ["build"],
        ["--lang", "de", "lists"],
        ["articles", "--date", "tomorrow"],
        ["resolve"],
        ["approve", "156", "--by", " "],
        ["new", "N", "--layout", "x"],
    ],
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


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("list: members", "list: membres"), ("layout: launch", "layout: lanch"), ("article: 2023-08-02", "article: x")],
)
def test_a_name_that_an_issue_gets_wrong_is_an_error_at_its_line(
    sample_project: Path, capsys: pytest.CaptureFixture[str], key: str, wrong: str
) -> None:
    file = sample_project / "content" / "issues" / "2023-08-16-numero-156.md"
    source = file.read_text()
    line = source[: source.index(key)].count("\n") + 1
    file.write_text(source.replace(key, wrong, 1))
    assert run(["--project", str(sample_project), "check", "156"]) == 1
    assert capsys.readouterr().err.startswith(f"content/issues/{file.name}:{line}: ")


def test_a_block_without_its_article_is_a_finding_not_a_broken_template(
    sample_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = sample_project / "content" / "issues" / "2023-10-11-numero-157.md"
    head = "subject: Sujet\npreheader: Avant\ndate: 2023-10-11\nlist: members\nlayout: launch\n"
    file.write_text(f"---\n{head}blocks:\n  - {{kind: lead}}\n---\nBonjour.\n")
    assert run(["--project", str(sample_project), "check", "157"]) == 3
    assert f"{file.name}:8: " in capsys.readouterr().out


def test_an_init_that_fails_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device", "origin", None, "target")

    monkeypatch.setattr("shutil.copytree", full)
    assert run(["init", str(tmp_path / "neuf")]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'neuf'}: ")
    assert not list((tmp_path / "neuf").iterdir())


def test_a_sender_that_is_no_address_is_a_mistake_of_the_settings(
    sample_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = sample_project / "newsletter.toml"
    file.write_text(file.read_text().replace("Imagine <lettre@imagine-magazine.com>", "Imagine"))
    assert run(["--project", str(sample_project), "build", "156"]) == 1
    assert capsys.readouterr().err.startswith("newsletter.toml: ")


def test_erasing_asks_for_the_address_again(
    sample_project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def type_(*arguments: str) -> int:
        return run(["--project", str(sample_project), "subscribers", *arguments])

    assert type_("add", "lea@example.org", "--list", "members", "--consent", "Au téléphone") == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("autre@example.org\n"))
    assert type_("erase", "lea@example.org") == 1
    assert type_("show", "lea@example.org") == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("Lea@example.org\n"))
    capsys.readouterr()
    assert type_("erase", "lea@example.org") == 0
    assert type_("list") == 0
    assert "lea@example.org" not in capsys.readouterr().out


def test_a_dry_run_of_an_import_names_whom_it_leaves_alone(
    sample_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = sample_project / "octobre.csv"
    file.write_text("email\nlea@example.org\nnora@example.org\n")
    desk = ["--lang", "en", "--project", str(sample_project)]
    assert run([*desk, "suppressions", "add", "nora@example.org"]) == 0
    taking = [*desk, "subscribers", "import", str(file), "--list", "members", "--consent", "Adhésion"]
    capsys.readouterr()
    assert run([*taking, "--dry-run"]) == 0
    counted, named = capsys.readouterr().out.splitlines()
    assert counted.startswith("1 new, 0 updated, 0 unchanged, 1 kept out")
    assert named.startswith("  octobre.csv:3: nora@example.org: never to be mailed again: on request, on ")
    assert run(taking) == 0
    assert capsys.readouterr().out.count("\n") == 1, "what is done needs no names"


def test_a_newsroom_command_starts_without_the_other_rooms(sample_project: Path) -> None:
    script = """
import sys
from newsletter.cli.app import run
assert run(["--lang", "en", "--project", sys.argv[1], sys.argv[2]]) == 0
print([name for name in ("mailing", "subscribing", "signing") if f"newsletter.cli.{name}" in sys.modules])
"""
    for command, loaded in (("layouts", "[]"), ("lists", "['mailing', 'subscribing', 'signing']")):
        arguments = [sys.executable, "-c", script, str(sample_project), command]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == loaded


def test_a_port_that_is_no_number_is_refused_in_one_line(
    sample_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--lang", "en", "--project", str(sample_project), "preview", "--port", "8o24"]) == 2
    assert capsys.readouterr().err.splitlines()[0] == "--port does not fit: write a whole number"


@pytest.mark.parametrize("command", ["articles", "new", "build", "check", "layouts"])
def test_every_newsroom_command_is_found_behind_the_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", "build", "--debug", "--lang=en", command, "--help"]) == 0
    assert f"newsletter {command} [OPTIONS]" in capsys.readouterr().out


def test_a_project_without_anybody_says_so(sample_project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--project", str(sample_project), "lists"]) == 0
    assert "members" in capsys.readouterr().out
