"""Letters frozen as they leave are sound, and are made today byte for byte."""

import re

import dkim
import pytest

from tests.delivery.frozen import FOLDER, KEY, letters
from tests.delivery.letters import parse
from tests.message_linter import lint_message

NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))
MADE = letters()


@pytest.mark.parametrize("name", NAMES)
def test_a_frozen_letter_has_no_fault(name: str) -> None:
    pictures = ("www.imagine.example", "www.imagine-magazine.com")
    assert lint_message((FOLDER / f"{name}.eml").read_bytes(), hosts=pictures) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_is_made_as_it_was_frozen(name: str) -> None:
    assert MADE[name] == (FOLDER / f"{name}.eml").read_bytes()


def test_the_corpus_is_whole() -> None:
    assert sorted(MADE) == NAMES
    assert len(NAMES) >= 30


def test_the_corpus_holds_both_encodings_in_one_letter_and_a_name_over_several_lines() -> None:
    encodings = [part["Content-Transfer-Encoding"] for part in parse(MADE["two-encodings"]).iter_parts()]
    assert encodings == ["quoted-printable", "base64"]
    assert re.search(rb"(?m)^From: =\?utf-8[^\r]+\r\n =\?utf-8[^\r]+\r\n", MADE["long-names"])


@pytest.mark.parametrize("name", NAMES)
def test_a_frozen_letter_can_be_read_as_a_mail_program_reads_it(name: str) -> None:
    message = parse(MADE[name])
    assert [part.defects for part in message.walk() if part.defects] == []


def test_the_signed_letter_verifies() -> None:
    zone = {f"{KEY.record_name}.".encode(): KEY.record.encode()}
    assert dkim.verify(MADE["signed"], dnsfunc=lambda name, timeout=5: zone.get(name))
