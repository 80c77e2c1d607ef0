"""Passwords and encryption: a letter or a password never leaves in clear, and a wrong password is tried once."""

import pytest

from newsletter.model import Counts
from tests.certificates import make_certificate
from tests.fault_server import Fault, FaultServer
from tests.mailroom import QUICK
from tests.stories.reckoning import FINISHED, PAUSED, PEOPLE, UNTOUCHED, check, outcome, resume, run, secret


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def test_a_wrong_password_is_tried_once_by_the_whole_mailing(mailroom):
    with FaultServer(password="x", faults=[Fault(at="AUTH", does="535 5.7.8 no")]) as server:
        mailing = run(mailroom, server, smtp=secret(server))
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert server.said("AUTH") == 1
    assert "sésame" not in mailing.note
    assert mailing.note == (
        f"127.0.0.1:{server.port} refuse l’identifiant ou le mot de passe (535 5.7.8) – vérifiez username dans [smtp] "
        "et NEWSLETTER_SMTP__PASSWORD\u202f; le mot de passe n’a été essayé qu’une fois"
    )


def test_a_password_revoked_on_the_way_pauses_the_mailing_and_it_can_be_resumed(mailroom):
    revoked = Fault(at="AUTH", does="535 5.7.8 no", after=2)
    with FaultServer(password="x", faults=[revoked]) as server:
        mailing = run(mailroom, server, smtp=secret(server), connections=1, messages_per_connection=5)
        assert outcome(mailroom, mailing) == (PAUSED, Counts(sent=10, queued=PEOPLE - 10))
        server.faults.clear()
        after = resume(mailroom, server, mailing, smtp=secret(server))
        check(mailroom, server, after)
    assert outcome(mailroom, after) == (FINISHED, Counts(sent=PEOPLE))


def test_a_password_revoked_on_the_way_is_tried_once_over_all_connections(mailroom):
    revoked = Fault(at="AUTH", does="535 5.7.8 no", after=QUICK.connections)
    with FaultServer(password="x", faults=[revoked]) as server:
        mailing = run(mailroom, server, smtp=secret(server), messages_per_connection=4)
        first = server.said("AUTH")
        assert mailing.state is PAUSED
        assert first == QUICK.connections + 1
        server.faults.clear()
        after = resume(mailroom, server, mailing, smtp=secret(server))
        check(mailroom, server, after)
    assert outcome(mailroom, after) == (FINISHED, Counts(sent=PEOPLE))


def test_a_password_that_cannot_be_checked_now_is_asked_again(mailroom):
    with FaultServer(password="x", faults=[Fault(at="AUTH", does="454 4.7.0 later", times=2)]) as server:
        mailing = run(mailroom, server, smtp=secret(server))
    assert outcome(mailroom, mailing) == (FINISHED, Counts(sent=PEOPLE))


def test_a_password_is_given_only_under_encryption_when_the_server_says_so(mailroom, certificate):
    with FaultServer(certificate=certificate, password="x", auth_needs_tls=True) as server:
        mailing = run(mailroom, server, smtp=secret(server))
        assert outcome(mailroom, mailing) == UNTOUCHED
        assert server.said("AUTH") == 0
        encrypted = secret(server, security="starttls", ca_file=certificate)
        after = resume(mailroom, server, mailing, smtp=encrypted)
    assert outcome(mailroom, after) == (FINISHED, Counts(sent=PEOPLE))


@pytest.mark.parametrize(
    ("does", "sentence"),
    [
        (None, "ne propose pas de chiffrement (STARTTLS) – rien n’est parti"),
        ("454 4.7.0 not now", "refuse la communication\u00a0: 454 4.7.0 not now"),
        ("garbage", "répond dans une autre langue que SMTP"),
        ("drop", "coupe la communication"),
    ],
)
def test_without_encryption_nothing_leaves(mailroom, certificate, does, sentence):
    faults = [Fault(at="STARTTLS", does=does)] if does else []
    with FaultServer(certificate=certificate if does else None, faults=faults, password="x") as server:
        mailing = run(mailroom, server, smtp=secret(server, security="starttls", ca_file=certificate))
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert (server.said("AUTH"), server.said("MAIL")) == (0, 0)
    assert mailing.note.startswith(f"127.0.0.1:{server.port} {sentence}")


@pytest.mark.parametrize("does", ["454 4.7.0 not now", "502 5.5.1 no such thing", "drop"])
def test_a_server_that_takes_its_encryption_back_on_the_way_gets_nothing_in_clear(mailroom, certificate, does):
    faults = [Fault(at="STARTTLS", after=1, does=does)]
    with FaultServer(certificate=certificate, faults=faults, password="x") as server:
        smtp = secret(server, security="starttls", ca_file=certificate)
        mailing = run(mailroom, server, smtp=smtp, connections=1, messages_per_connection=5)
    assert outcome(mailroom, mailing) == (PAUSED, Counts(sent=5, queued=PEOPLE - 5))
    assert (server.said("AUTH"), server.said("MAIL")) == (1, 5)


def test_what_is_injected_before_the_encryption_begins_is_not_obeyed(mailroom, certificate):
    faults = [Fault(at="STARTTLS", does="220 2.0.0 ready\r\n250-fault.test\r\n250 AUTH PLAIN")]
    with FaultServer(certificate=certificate, faults=faults, password="x") as server:
        mailing = run(mailroom, server, smtp=secret(server, security="starttls", ca_file=certificate))
    assert mailing.state in (FINISHED, PAUSED)
    assert {line.split(" ")[0] for line in server.heard_in_clear} <= {"EHLO", "STARTTLS", "QUIT"}
    greeted_again = [line for line in server.heard[server.heard.index("STARTTLS") :] if line.startswith("EHLO")]
    assert greeted_again or not server.accepted, "what was said in clear must not be believed"


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("kind", ["self-signed", "expired", "wrong name"])
def test_a_certificate_that_proves_nothing_gets_no_letter_and_no_password(mailroom, tmp_path, kind, security):
    name = "elsewhere.example" if kind == "wrong name" else "127.0.0.1"
    certificate = make_certificate(tmp_path / "certificate", name=name, days=-1 if kind == "expired" else 2)
    trusted = {} if kind == "self-signed" else {"ca_file": certificate}
    with FaultServer(certificate=certificate, implicit_tls=security == "tls", password="x") as server:
        mailing = run(mailroom, server, smtp=secret(server, security=security, **trusted))
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert (server.said("AUTH"), server.accepted) == (0, [])
    assert mailing.note.startswith(f"le certificat de 127.0.0.1:{server.port} n’est pas valable")
