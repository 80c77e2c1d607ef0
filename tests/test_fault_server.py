"""The server that misbehaves is a server: a client that is not ours, swaks, speaks with it as with any other."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.certificates import make_certificate
from tests.fault_server import FaultServer
from tests.faults import Fault

LETTER = "From: a@example.org\nTo: b@example.org\nSubject: 157\n\nBonjour\n.un point\n"


def swaks(server: FaultServer, *more: str) -> "subprocess.CompletedProcess[str]":
    program = shutil.which("swaks")
    if not program:
        pytest.skip("swaks is not installed")
    where = ["--server", f"127.0.0.1:{server.port}", "--from", "a@example.org", "--to", "b@example.org"]
    command = [program, *where, "--data", LETTER, "--timeout", "5", *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("more", [[], ["--pipeline"], ["--protocol", "SMTP"]], ids=" ".join)
def test_what_another_client_sends_is_kept_byte_for_byte(more: Sequence[str]) -> None:
    with FaultServer() as server:
        done = swaks(server, *more)
        assert done.returncode == 0, done.stdout
        (message,) = server.accepted
    assert (message.sender, message.recipient) == ("a@example.org", "b@example.org")
    assert message.content.rstrip() == LETTER.replace("\n", "\r\n").encode().rstrip()


@pytest.mark.parametrize(("faults", "kept"), [([], 1), ([Fault(at="AUTH", does="535 5.7.8 no")], 0)])
def test_another_client_encrypts_and_authenticates(tmp_path: Path, faults: list[Fault], kept: int) -> None:
    certificate = make_certificate(tmp_path)
    with FaultServer(certificate=certificate, password="secret", auth_needs_tls=True, faults=faults) as server:
        done = swaks(server, "--tls", "--auth", "PLAIN", "--auth-user", "imagine", "--auth-password", "secret")
    assert (done.returncode == 0, len(server.accepted)) == (not faults, kept), done.stdout
    assert not [line for line in server.heard_in_clear if line.startswith("AUTH")]


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "DOT"])
def test_another_client_sees_the_fault_where_it_was_set(at: str) -> None:
    with FaultServer(faults=[Fault(at=at, does="450 4.2.0 later")]) as server:
        done = swaks(server)
        assert done.returncode != 0
        assert "450 4.2.0 later" in done.stdout
        assert server.accepted == []
