"""From `dkim new` to the server's door: what arrives, of a mailing, a proof or a rehearsal, verifies as it arrived."""

import re
from pathlib import Path

import dkim
import pytest

from newsletter.project import Project
from tests.delivery.mail_dkim import verify_with_mail_dkim
from tests.fault_server import FaultServer
from tests.faults import Fault
from tests.message_linter import lint_message
from tests.name_server import NameServer
from tests.stories.commands import Type

READERS = [f"lea{number}@example.org" for number in range(12)]


@pytest.fixture
def office(type_: Type, sample_project: Path) -> Path:
    """A project that signs with two keys, with a dozen readers."""
    for name, kind in (("lettre", ()), ("court", ("--ed25519",))):
        assert type_("dkim", "new", "--selector", name, *kind)[0] == 0
    settings = sample_project / "newsletter.toml"
    signed = 'domain = "imagine-magazine.com"\nselector = "lettre"\ned25519_selector = "court"\n'
    settings.write_text(re.sub(r"(\[dkim\]\n)(?:.+\n)*", rf"\1{signed}", settings.read_text()))
    sheet = sample_project / "people.csv"
    sheet.write_text("email,first_name\n" + "".join(f"{reader},Léa\n" for reader in READERS))
    assert type_("subscribers", "import", str(sheet), "--list", "members", "--consent", "Adhésion")[0] == 0
    return sample_project


def verified(message: bytes, project: Path) -> list[bool]:
    """dkimpy's word on each signature, the keys read from the project."""
    keys = {f"{key.record_name}.".encode(): key.record.encode() for key in Project.open(project).signing_keys()}
    checker = dkim.DKIM(message)
    found = len(re.findall(rb"(?m)^DKIM-Signature:", message))
    return [checker.verify(number, dnsfunc=lambda name, timeout=5: keys.get(name)) for number in range(found)]


def through(server: FaultServer, project: Path) -> None:
    settings = project / "newsletter.toml"
    settings.write_text(settings.read_text().replace("port = 1025", f"port = {server.port}"))


def test_every_letter_of_a_rehearsal_is_signed(type_: Type, office: Path) -> None:
    assert type_("send", "156", "--rehearsal", "--yes")[0] == 0
    kept = sorted((office / "var" / "rehearsal" / "1").glob("*.eml"))
    assert len(kept) == len(READERS)
    for file in kept:
        assert verified(file.read_bytes(), office) == [True, True]
        assert lint_message(file.read_bytes()) == []


def test_a_mailing_and_a_proof_arrive_signed_whatever_the_server_does_on_the_way(type_: Type, office: Path) -> None:
    faults = [
        Fault(at="RCPT", does="450 4.2.0 later", after=2, times=1),
        Fault(at="DOT", does="keep+drop", after=5, times=1),
    ]
    with FaultServer(faults=faults) as server:
        through(server, office)
        assert type_("proof", "156", "--to", "anne@example.org")[0] == 0
        type_("send", "156", "--yes", "--unapproved")
        arrived = [message.content for message in server.accepted]
    assert len(arrived) == 1 + len(READERS) - 1  # the proof, and all but the one deferred
    assert {tuple(verified(content, office)) for content in arrived} == {(True, True)}


def test_debians_verifier_agrees_on_what_arrived(type_: Type, office: Path) -> None:
    assert type_("send", "156", "--rehearsal", "--yes")[0] == 0
    keys = Project.open(office).signing_keys()
    zone = {key.record_name: {"TXT": [re.sub(r"(.{255})", r'\1" "', f'"{key.record}"')]} for key in keys}
    message = (office / "var" / "rehearsal" / "1" / "00001.eml").read_bytes()
    with NameServer(zone) as server:
        assert verify_with_mail_dkim(message, port=server.port)["rsa-sha256"] == "pass"


def test_without_a_domain_nothing_is_signed(type_: Type, office: Path) -> None:
    settings = office / "newsletter.toml"
    settings.write_text(re.sub(r"(\[dkim\]\n)(?:.+\n)*", r"\1", settings.read_text()))
    assert type_("send", "156", "--rehearsal", "--yes")[0] == 0
    assert b"DKIM-Signature" not in (office / "var" / "rehearsal" / "1" / "00001.eml").read_bytes()


def test_a_key_that_vanished_stops_the_mailing_before_anything_leaves(type_: Type, office: Path) -> None:
    (office / "var" / "dkim" / "lettre.pem").unlink()
    with FaultServer() as server:
        through(server, office)
        code, _out, err = type_("send", "156", "--yes", "--unapproved")
        assert (code, server.accepted) == (1, [])
    assert "newsletter dkim new" in err
