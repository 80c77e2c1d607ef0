"""Several relays and a server that asks to slow down: nobody lost, nobody doubled, and the reason is told."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.delivery.sender import Options, Relay
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.i18n import speaking
from newsletter.model import Consent, Counts, ImportRow, Mailing, MailingState
from newsletter.settings import Smtp
from tests.fault_server import FaultServer
from tests.faults import Fault
from tests.mailroom import LIST, NOW, PATIENT, QUICK, Mailroom

PEOPLE = 60


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


def relay(name: str, port: int, *, username: str = "") -> Relay:
    settings = Smtp(host="127.0.0.1", port=port, security="none", hello="client.test", username=username)
    return Relay(transport=SmtpTransport(settings, timeouts=PATIENT), name=name)


def run(mailroom: Mailroom, *relays: Relay, options: Options = QUICK) -> tuple[Mailing, Counts]:
    mailing = mailroom.mailing()
    dispatcher = mailroom.dispatcher(1, options=options)
    dispatcher.relays_for = lambda mailing: relays
    after = dispatcher.run(mailing.id)
    return after, mailroom.store.counts(mailing.id)


def doubled(*servers: FaultServer) -> list[str]:
    received = Counter(email for server in servers for email in server.recipients)
    return [email for email, copies in received.items() if copies > 1]


def test_two_relays_share_a_mailing(mailroom):
    with FaultServer(delay=0.005) as one, FaultServer(delay=0.005) as two:
        mailing, counts = run(mailroom, relay("one", one.port), relay("two", two.port))
    assert (mailing.state, counts, mailing.note) == (MailingState.FINISHED, Counts(sent=PEOPLE), "")
    assert min(len(one.accepted), len(two.accepted)) >= PEOPLE // 6
    assert doubled(one, two) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(at="CONNECT", does="drop", after=3), "broke off"),
        (Fault(at="CONNECT", does="554 5.7.1 go away", after=3), "go away"),
        (Fault(at="MAIL", does="550 5.7.1 suspended", after=9), "suspended"),
    ],
)
def test_a_relay_that_dies_on_the_way_leaves_its_readers_to_the_other(mailroom, fault, words):
    faults = [fault, Fault(at="MAIL", does="drop", after=9)]
    with FaultServer(faults=faults, delay=0.002) as one, FaultServer(delay=0.01) as two:
        mailing, counts = run(mailroom, relay("one", one.port), relay("two", two.port))
    assert (mailing.state, counts) == (MailingState.FINISHED, Counts(sent=PEOPLE))
    assert "the relay one was left out" in mailing.note and words in mailing.note
    assert len(one.accepted) + len(two.accepted) == PEOPLE
    assert doubled(one, two) == []


def test_a_relay_that_refuses_the_password_is_asked_once_and_left_out(mailroom):
    refusing = Fault(at="AUTH", does="535 5.7.8 no")
    with FaultServer(password="x", faults=[refusing]) as one, FaultServer() as two:
        mailing, counts = run(mailroom, relay("one", one.port, username="imagine"), relay("two", two.port))
    assert (mailing.state, counts) == (MailingState.FINISHED, Counts(sent=PEOPLE))
    assert one.said("AUTH") == 1
    assert "the relay one was left out" in mailing.note


def test_without_any_relay_left_the_mailing_pauses_and_touches_nobody(mailroom):
    with FaultServer() as one, FaultServer() as two:
        ports = one.port, two.port
    mailing, counts = run(mailroom, relay("one", ports[0]), relay("two", ports[1]))
    assert (mailing.state, counts) == (MailingState.PAUSED, Counts(queued=PEOPLE))
    assert "was left out" in mailing.note and "cannot reach" in mailing.note


@pytest.mark.parametrize("does", ["451 4.7.1 slower please", "421 4.7.0 too fast"])
def test_a_server_that_asks_to_slow_down_gets_everything_at_half_the_pace(mailroom, does):
    with FaultServer(faults=[Fault(at="MAIL", does=does, after=10, times=2)]) as server, speaking("fr"):
        started_at = time.monotonic()
        mailing, counts = run(mailroom, relay("one", server.port), options=replace(QUICK, rate=100))
    assert (mailing.state, counts) == (MailingState.FINISHED, Counts(sent=PEOPLE))
    assert mailing.note == "le serveur demande de ralentir\u00a0: 50 messages par seconde au lieu de 100"
    assert time.monotonic() - started_at >= 30 / 60
    assert doubled(server) == []


def test_a_cap_on_one_domain_holds_while_the_others_go_on(mailroom):
    consent = Consent(text="I agree", source="hand", at=NOW)
    rows = [ImportRow(line=number, email=f"a{number}@gmail.test") for number in range(1, 13)]
    mailroom.audience.import_rows(rows, list_id=LIST, consent=consent, dry_run=False)
    with FaultServer() as server:
        started_at = time.monotonic()
        mailing, counts = run(mailroom, relay("one", server.port), options=replace(QUICK, domains={"gmail.test": 10}))
    assert (mailing.state, counts) == (MailingState.FINISHED, Counts(sent=PEOPLE + 12))
    assert time.monotonic() - started_at >= 10 / 10
    capped = [place for place, email in enumerate(server.recipients) if email.endswith("@gmail.test")]
    assert min(capped[-6:]) >= PEOPLE, "the others did not wait for them"
    assert doubled(server) == []
