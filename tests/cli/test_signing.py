"""`newsletter dkim`: a key, and the record to publish, in the form that registrars ask for."""

import json
import re
from pathlib import Path

import pytest

from newsletter.cli.app import run
from newsletter.cli.signing import strings


def dkim(project: Path, *arguments: str) -> int:
    return run(["--project", str(project), "dkim", *arguments])


def test_a_new_key_says_what_to_publish_and_what_to_write(sample_project, capsys):
    assert dkim(sample_project, "new", "--selector", "lettre") == 0
    shown = capsys.readouterr()
    assert "imagine-magazine.com" in shown.err
    value = re.search(r"^ +value +(v=DKIM1; k=rsa; p=\S+)$", shown.out, re.M)[1]
    pieces = re.search(r"^ +in pieces +(.+)$", shown.out, re.M)[1]
    assert "".join(re.findall(r'"([^"]*)"', pieces)) == value
    assert all(len(piece) <= 255 for piece in re.findall(r'"([^"]*)"', pieces))
    written = re.search(r"\[dkim\]\n.*\n.*\n", shown.out)[0].replace("  ", "")
    file = sample_project / "newsletter.toml"
    file.write_text(re.sub(r"\[dkim\]\n(?:.+\n)*", written, file.read_text()))
    assert dkim(sample_project, "show", "--json") == 0
    record = {"name": "lettre._domainkey.imagine-magazine.com", "type": "TXT", "value": value}
    assert json.loads(capsys.readouterr().out) == [record]


def test_a_short_key_needs_no_pieces(sample_project, capsys):
    assert dkim(sample_project, "new", "--ed25519") == 0
    out = capsys.readouterr().out
    assert "k=ed25519" in out
    assert "in pieces" not in out
    assert "ed25519_selector" in out


def test_a_second_new_overwrites_nothing(sample_project, capsys):
    assert dkim(sample_project, "new", "--selector", "a") == 0
    key = (sample_project / "var" / "dkim" / "a.pem").read_bytes()
    assert dkim(sample_project, "new", "--selector", "a") == 1
    assert (sample_project / "var" / "dkim" / "a.pem").read_bytes() == key
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("selector", ["../x", "a b", "a/b", "-a", "é", "a" * 64, "x." * 40 + "x"])
def test_a_selector_is_a_name_of_the_dns_and_nothing_else(sample_project, selector, capsys):
    assert dkim(sample_project, "new", f"--selector={selector}") == 2
    assert not (sample_project / "var" / "dkim").exists()


def test_show_without_a_key_says_how_to_make_one(sample_project, capsys):
    assert dkim(sample_project, "show") == 1
    assert "newsletter dkim new" in capsys.readouterr().err


def test_a_record_is_cut_into_strings_of_255():
    assert strings("x" * 300) == f'"{"x" * 255}" "{"x" * 45}"'
