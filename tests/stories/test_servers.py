"""More servers that misbehave: slow, half-encrypted, out of reach, strict, or everything at random."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.model import Consent, Counts, DeliveryState, ImportRow, Mailing, MailingState
from newsletter.settings import Secret, Smtp
from tests.certificates import make_certificate
from tests.fault_server import FaultServer
from tests.faults import Fault
from tests.mailroom import LIST, NOW, QUICK, Mailroom, address
from tests.stories.commands import Type
from tests.stories.test_cli_exactness import through

PEOPLE = 30
FIVE = "reader0000[1-5]@"
UNTOUCHED = (MailingState.PAUSED, Counts(queued=PEOPLE))


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


def secret(server: FaultServer, **changes: object) -> Smtp:
    """Settings with a password."""
    values: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "security": "none", "hello": "client.test"}
    return Smtp(**{**values, "username": "imagine", "password": Secret("sésame"), **changes})


def run(mailroom: Mailroom, server: FaultServer, *, smtp: Smtp | None = None, **options: object) -> Mailing:
    """Send to everybody; nobody twice, everybody accounted for, one reader a transaction."""
    mailing = mailroom.mailing()
    dispatcher = mailroom.dispatcher(server.port, options=replace(QUICK, **options), smtp=smtp)
    after = dispatcher.run(mailing.id)
    assert [email for email, copies in Counter(server.recipients).items() if copies > 1] == []
    assert set(mailroom.emails(mailing, DeliveryState.SENT)) <= set(server.recipients)
    assert server.said("RCPT") <= server.said("MAIL")
    return after


def outcome(mailroom: Mailroom, mailing: Mailing) -> tuple[MailingState, Counts]:
    return mailing.state, mailroom.store.counts(mailing.id)


def test_a_slow_server_gets_everything(mailroom):
    with FaultServer(delay=0.02) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (MailingState.FINISHED, Counts(sent=PEOPLE))


def test_one_silent_connection_does_not_stop_the_others(mailroom):
    with FaultServer(faults=[Fault(at="DOT", does="keep+drip", who="reader00001")]) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (MailingState.FINISHED, Counts(sent=PEOPLE - 1, uncertain=1))


def test_a_connection_closed_in_mid_body_is_sent_again_or_named(mailroom):
    """Small letters sit whole in the system's buffers: when the dot had left, uncertain is the honest answer."""
    with FaultServer(faults=[Fault(at="BODY", does="drop", who=FIVE, once_each=True)]) as server:
        mailing = run(mailroom, server)
    state, counts = outcome(mailroom, mailing)
    assert (state, counts.sent + counts.uncertain) == (MailingState.FINISHED, PEOPLE)
    lost = {address(number) for number in range(1, PEOPLE + 1)} - set(server.recipients)
    assert lost == set(mailroom.emails(mailing, DeliveryState.UNCERTAIN))


@pytest.mark.parametrize("fault", [Fault(at="EHLO", does="huge"), Fault(at="EHLO", does="garbage", times=2)])
def test_a_strange_greeting_is_read_or_asked_again(mailroom, fault):
    with FaultServer(faults=[replace(fault)]) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (MailingState.FINISHED, Counts(sent=PEOPLE))


# --- encryption and passwords ----------------------------------------------------------------------------------


def test_what_is_injected_before_the_encryption_begins_is_not_obeyed(mailroom, tmp_path):
    certificate = make_certificate(tmp_path / "certificate")
    faults = [Fault(at="STARTTLS", does="220 2.0.0 ready\r\n250-fault.test\r\n250 AUTH PLAIN")]
    with FaultServer(certificate=certificate, faults=faults, password="x") as server:
        mailing = run(mailroom, server, smtp=secret(server, security="starttls", ca_file=certificate))
    assert mailing.state in (MailingState.FINISHED, MailingState.PAUSED)
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
    assert mailing.note


def test_a_password_is_given_only_under_encryption_when_the_server_says_so(mailroom, tmp_path):
    certificate = make_certificate(tmp_path / "certificate")
    with FaultServer(certificate=certificate, password="x", auth_needs_tls=True) as server:
        mailing = run(mailroom, server, smtp=secret(server))
        assert outcome(mailroom, mailing) == UNTOUCHED
        assert server.said("AUTH") == 0
        encrypted = secret(server, security="starttls", ca_file=certificate)
        after = mailroom.dispatcher(server.port, smtp=encrypted).run(mailing.id)
    assert outcome(mailroom, after) == (MailingState.FINISHED, Counts(sent=PEOPLE))


def test_a_password_revoked_on_the_way_is_tried_once_over_all_connections(mailroom):
    revoked = Fault(at="AUTH", does="535 5.7.8 no", after=QUICK.connections)
    with FaultServer(password="x", faults=[revoked]) as server:
        mailing = run(mailroom, server, smtp=secret(server), messages_per_connection=4)
        first = server.said("AUTH")
        assert mailing.state is MailingState.PAUSED
        assert first == QUICK.connections + 1
        server.faults.clear()
        after = mailroom.dispatcher(server.port, smtp=secret(server)).run(mailing.id)
    assert outcome(mailroom, after) == (MailingState.FINISHED, Counts(sent=PEOPLE))


# --- out of reach, strict, international -----------------------------------------------------------------------


@pytest.mark.parametrize("host", ["relay.invalid", "127.0.0.1"])
def test_a_server_out_of_reach_pauses_the_mailing_and_touches_nobody(mailroom, host):
    with FaultServer() as server:
        port = server.port
    nobody = Smtp(host=host, port=port, security="none", allow_plain=True)
    mailing = run(mailroom, server, smtp=nobody)
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert host in mailing.note


def test_an_address_beyond_ascii_fails_alone(mailroom):
    consent = Consent(text="I agree", source="hand", at=NOW)
    row = ImportRow(line=1, email="zoé@example.org")
    mailroom.audience.import_rows([row], list_id=LIST, consent=consent, dry_run=False)
    with FaultServer() as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (MailingState.FINISHED, Counts(sent=PEOPLE, failed=1))
    assert mailroom.emails(mailing, DeliveryState.FAILED) == ["zoé@example.org"]


def test_a_server_strict_about_line_ends_and_eight_bits_takes_every_letter(type_: Type, sample_project: Path) -> None:
    members = str(sample_project / "content" / "members.csv")
    type_("subscribers", "import", members, "--list", "members", "--consent", "Adhésion 2023")
    with FaultServer(strict=True, extensions=()) as server:
        through(server, sample_project)
        assert type_("send", "156", "--unapproved", "--yes")[0] == 0
    assert len(server.accepted) == 60


# --- everything at random --------------------------------------------------------------------------------------

PLACES = {
    "CONNECT": ["drop", "421 4.3.2 busy", "garbage"],
    "MAIL": ["drop", "421 4.3.2 enough", "451 4.7.1 slower"],
    "RCPT": ["drop", "450 4.2.0 later", "550 5.1.1 nobody", "552 5.2.2 full", "garbage", "huge"],
    "DATA": ["drop", "421 4.3.2 bye", "451 4.3.0 later"],
    "BODY": ["drop"],
    "DOT": ["keep+drop", "drop", "421 4.3.2 bye", "452 4.3.1 no room", "keep+garbage"],
    "QUIT": ["drop"],
}


def some_faults(dice: random.Random) -> list[Fault]:
    """Six of them, each a few times."""
    faults = []
    for _number in range(6):
        at = dice.choice(list(PLACES))
        faults.append(Fault(at=at, does=dice.choice(PLACES[at]), after=dice.randrange(20), times=dice.randrange(1, 4)))
    return faults


@pytest.mark.parametrize("seed", range(8))
def test_everything_at_random_loses_and_doubles_nobody(mailroom, seed):
    with FaultServer(faults=some_faults(random.Random(seed))) as server:
        mailing = run(mailroom, server)
        for _visit in range(8):
            if mailing.state is MailingState.FINISHED:
                break
            mailing = mailroom.dispatcher(server.port).run(mailing.id)
    state, counts = outcome(mailroom, mailing)
    assert (state, counts.total) == (MailingState.FINISHED, PEOPLE)
    assert [email for email, copies in Counter(server.recipients).items() if copies > 1] == []
    named = mailroom.emails(mailing, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
    everybody = {address(number) for number in range(1, PEOPLE + 1)}
    assert everybody - set(server.recipients) <= set(named)
    assert set(mailroom.emails(mailing, DeliveryState.SENT)) <= set(server.recipients)
