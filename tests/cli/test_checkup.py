"""`newsletter doctor`: every line says what to do, the exit code says whether something must be mended."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from newsletter.cli.app import run
from newsletter.project import Project
from newsletter.project.health import CODES
from tests.fault_server import FaultServer
from tests.name_server import NameServer

DOMAIN = "imagine-magazine.com"


def key_zone(project: Path) -> dict:
    """What `dkim show` says to publish."""
    keys = Project.open(project).signing_keys()
    return {key.record_name: {"TXT": [re.sub(r"(.{255})", r'\1" "', f'"{key.record}"')]} for key in keys}


def good_zone(project: Path) -> dict:
    return {
        DOMAIN: {"TXT": ['"v=spf1 ip4:192.0.2.1 -all"'], "MX": [f"10 mx.{DOMAIN}."]},
        f"mx.{DOMAIN}": {"A": ["192.0.2.1"]},
        f"_dmarc.{DOMAIN}": {"TXT": ['"v=DMARC1; p=quarantine"']},
        **key_zone(project),
    }


@pytest.fixture
def office(sample_project):
    """The sample project, which signs."""
    assert run(["--project", str(sample_project), "dkim", "new", "--selector", "lettre"]) == 0
    write(sample_project, r"(\[dkim\]\n)domain = .*\nselector = .*", rf'\1domain = "{DOMAIN}"\nselector = "lettre"')
    return sample_project


def write(project: Path, pattern: str, text: str) -> None:
    file = project / "newsletter.toml"
    changed = re.sub(pattern, text, file.read_text())
    assert changed != file.read_text()
    file.write_text(changed)


@contextmanager
def relay(project: Path):
    with FaultServer() as server:
        write(project, r"port = \d+", f"port = {server.port}")
        yield server


def doctor(project: Path, capsys, zone: dict, *arguments: str, silent=()) -> tuple[int, dict]:
    """Exit code, and code → lines."""
    capsys.readouterr()
    with NameServer(zone, silent=silent) as server:
        code = run(["--project", str(project), "doctor", "--json", "--dns", server.address, *arguments])
    found: dict[str, list[dict]] = {}
    for line in json.loads(capsys.readouterr().out):
        assert set(line) == {"code", "level", "message", "hint"}
        found.setdefault(line["code"], []).append(line)
    assert set(found) <= set(CODES)
    return code, found


def worst(found: dict) -> dict[str, str]:
    order = ("ok", "warning", "error")
    return {code: max((line["level"] for line in lines), key=order.index) for code, lines in found.items()}


def test_a_sound_project_has_nothing_to_mend(office, capsys):
    with relay(office) as server:
        code, found = doctor(office, capsys, good_zone(office))
    assert set(worst(found).values()) == {"ok"}, found
    assert code == 0
    assert server.accepted == []
    assert set(found) == set(CODES) - {"public"}


def test_what_must_be_mended_is_exit_3_and_says_how(office, capsys):
    zone = good_zone(office)
    del zone[f"_dmarc.{DOMAIN}"], zone[f"lettre._domainkey.{DOMAIN}"]
    with relay(office):
        code, found = doctor(office, capsys, zone)
    assert code == 3
    errors = [line for lines in found.values() for line in lines if line["level"] == "error"]
    assert {line["code"] for line in errors} == {"dkim", "dmarc"}
    assert all(line["hint"] for line in errors)


def test_an_offline_machine_is_told_so_and_the_rest_is_looked_at(office, capsys):
    with relay(office):
        code, found = doctor(office, capsys, {}, silent=[DOMAIN])
    levels = worst(found)
    assert code == 0
    assert {levels[one] for one in ("spf", "dkim", "dmarc", "mx")} == {"warning"}
    assert "online" in found["spf"][0]["hint"]
    assert {levels[one] for one in ("relay", "disk", "database", "interpreter")} == {"ok"}


def test_the_lines_read_well_on_a_terminal(office, capsys):
    capsys.readouterr()
    with relay(office), NameServer({}) as server:
        assert run(["--project", str(office), "--lang", "en", "doctor", "--dns", server.address]) == 3
    shown = capsys.readouterr().out
    assert re.search(r"^to mend +.*DMARC", shown, re.M)
    assert re.search(r"^ +→ publish", shown, re.M)
    assert "Traceback" not in shown


def test_a_wrong_name_server_is_a_wrong_call(office):
    assert run(["--project", str(office), "doctor", "--dns", "ns.example.org"]) == 2


def test_a_clock_behind_what_was_written_is_to_mend(office):
    project = Project(office, Project.open(office).settings, now=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    assert project._check_clock(None).level == "error"
    assert project._check_clock(datetime(2020, 1, 1, tzinfo=UTC)).level == "error"
    os.utime(office / "newsletter.toml", (0, 0))
    assert project._check_clock(datetime(2020, 1, 1, 0, 4, tzinfo=UTC)).level == "ok"
    assert project._check_clock(project.now() + timedelta(hours=1)).level == "error"


def test_a_folder_that_git_would_publish_is_to_mend(office):
    (office / ".git").mkdir()
    project = Project.open(office)
    assert [one.level for one in project._check_secrets()] == ["ok"]
    (office / ".gitignore").unlink()
    assert [one.level for one in project._check_secrets()] == ["error"]


def test_a_key_that_others_read_is_to_mend_and_hides_nothing(office, capsys):
    zone = good_zone(office)
    (office / "var" / "dkim" / "lettre.pem").chmod(0o644)
    with relay(office):
        code, found = doctor(office, capsys, zone)
    assert code == 3
    assert worst(found)["secrets"] == "error"
    assert worst(found)["dmarc"] == "ok"


def test_pages_that_do_not_answer_are_said_when_asked(office, capsys):
    write(office, r'(\[public\]\nurl = )"[^"]*"', r'\1"http://127.0.0.1:9"')
    with relay(office):
        code, found = doctor(office, capsys, good_zone(office), "--online")
    assert code == 3
    assert worst(found)["public"] == "error"


@pytest.mark.parametrize(
    ("status", "body", "level"),
    [(200, b"ok\n", "ok"), (200, b"<html>It works", "error"), (302, b"", "error"), (500, b"", "error")],
)
def test_pages_that_answer_are_told_from_whoever_else_answers_there(office, capsys, status, body, level):
    with pages(status, body) as (port, asked):
        write(office, r'(\[public\]\nurl = )"[^"]*"', rf'\1"http://127.0.0.1:{port}"')
        with relay(office):
            _code, found = doctor(office, capsys, good_zone(office), "--online")
    assert worst(found)["public"] == level
    assert asked == ["GET /health"]


@contextmanager
def pages(status: int, body: bytes) -> Iterator[tuple[int, list[str]]]:
    """Whoever answers where the public pages should; its port, and what it was asked."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/ok")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


def test_nothing_is_made_by_looking(sample_project, capsys):
    before = sorted(sample_project.rglob("*"))
    with relay(sample_project):
        doctor(sample_project, capsys, {})
    assert sorted(sample_project.rglob("*")) == before
