"""Every way a mail server can misbehave, and what must come of it: nobody lost, nobody written to twice."""

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from newsletter.delivery.sender import Relay
from newsletter.delivery.transports.outbox import OutboxTransport
from newsletter.model import Counts, DeliveryState, Mailing, MailingState
from newsletter.settings import Secret, Smtp
from tests.certificates import make_certificate
from tests.fault_server import EXTENSIONS, Fault, FaultServer
from tests.mailroom import QUICK, Mailroom, address

PEOPLE = 30
FINISHED, PAUSED = MailingState.FINISHED, MailingState.PAUSED


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()


def run(mailroom: Mailroom, server: FaultServer, *, smtp: Smtp | None = None, **changes: object) -> Mailing:
    """Send a mailing, and check what holds in every scenario."""
    mailing = mailroom.mailing()
    dispatcher = mailroom.dispatcher(server.port, options=replace(QUICK, **changes), smtp=smtp)
    after = dispatcher.run(mailing.id)
    check(mailroom, server, after)
    return after


def check(mailroom: Mailroom, server: FaultServer, mailing: Mailing) -> None:
    """Everybody is accounted for; whoever is `sent` has one copy; a copy without `sent` is named."""
    assert mailroom.store.counts(mailing.id).total == PEOPLE
    copies = Counter(server.recipients)
    assert [email for email, number in copies.items() if number > 1] == []
    sent = set(mailroom.emails(mailing, DeliveryState.SENT))
    assert sent <= copies.keys()
    assert not (mailroom.folder / "journal" / f"{mailing.id}.journal").exists()


@dataclass
class Scenario:
    """Faults, and the counts they must end in."""

    faults: list[Fault] = field(default_factory=list)
    server: dict[str, object] = field(default_factory=dict)
    state: MailingState = FINISHED
    counts: Counts = field(default_factory=lambda: Counts(sent=PEOPLE))


FIVE = "reader0000[1-5]@"
SCENARIOS = {
    "all is well": Scenario(),
    "421 after some messages": Scenario([Fault(at="MAIL", does="421 4.3.2 enough", after=7, times=3)]),
    "421 at the greeting, once": Scenario([Fault(at="CONNECT", does="421 4.3.2 busy", times=2)]),
    "421 to one recipient, once": Scenario([Fault(at="RCPT", does="421 4.3.2 bye", who=FIVE, once_each=True)]),
    "421 in answer to the dot": Scenario([Fault(at="DOT", does="421 4.3.2 bye", times=4)]),
    "closes without a word": Scenario([Fault(at="MAIL", does="drop", after=5, times=4)]),
    "closes before 354": Scenario([Fault(at="DATA", does="drop", who=FIVE, once_each=True)]),
    "two connections at most": Scenario(server={"most_connections": 2}),
    "4xx at RCPT, once each": Scenario([Fault(at="RCPT", does="450 4.2.0 greylisted", once_each=True)]),
    "452 at the dot": Scenario([Fault(at="DOT", does="452 4.3.1 no room", times=3)]),
    "451 at MAIL now and then": Scenario([Fault(at="MAIL", does="451 4.7.1 slower", after=5, times=2)]),
    "a very long reply": Scenario([Fault(at="RCPT", does="huge", times=3)]),
    "garbage at RCPT": Scenario([Fault(at="RCPT", does="garbage", times=2, after=4)]),
    "silent at RCPT": Scenario([Fault(at="RCPT", does="stall", times=2, after=4)]),
    "drips at RCPT": Scenario([Fault(at="RCPT", does="drip", times=2, after=4)]),
    "closes on QUIT": Scenario([Fault(at="QUIT", does="drop")]),
    "no extensions at all": Scenario([Fault(at="EHLO", does="502 5.5.1 what?")], server={"extensions": ()}),
    "no pipelining": Scenario(server={"extensions": EXTENSIONS[1:]}),
    "5xx for some": Scenario(
        [Fault(at="RCPT", does="550 5.1.1 nobody here", who=FIVE)], counts=Counts(sent=PEOPLE - 5, failed=5)
    ),
    "full mailboxes": Scenario(
        [Fault(at="RCPT", does="552 5.2.2 full", who=FIVE)], counts=Counts(sent=PEOPLE - 5, failed=5)
    ),
    "accepts, closes before its answer": Scenario(
        [Fault(at="DOT", does="keep+drop", who=FIVE)], counts=Counts(sent=PEOPLE - 5, uncertain=5)
    ),
    "silent after accepting": Scenario(
        [Fault(at="DOT", does="keep+stall", who="reader00007")], counts=Counts(sent=PEOPLE - 1, uncertain=1)
    ),
    "garbage after accepting": Scenario(
        [Fault(at="DOT", does="keep+garbage", who="reader00007")], counts=Counts(sent=PEOPLE - 1, uncertain=1)
    ),
    "content refused": Scenario([Fault(at="DOT", does="554 5.7.1 spam")], state=PAUSED, counts=Counts()),
    "nobody may be relayed to": Scenario([Fault(at="RCPT", does="554 5.7.1 relaying")], state=PAUSED, counts=Counts()),
    "every reader refused": Scenario([Fault(at="RCPT", does="550 no")], state=PAUSED, counts=Counts()),
}


@pytest.mark.parametrize("pipelining", ["off", "group", "chain"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_misbehaving_server_loses_and_doubles_nobody(mailroom, name, pipelining):
    scenario = deepcopy(SCENARIOS[name])
    with FaultServer(faults=scenario.faults, **scenario.server) as server:
        smtp = Smtp(host="127.0.0.1", port=server.port, security="none", hello="client.test", pipelining=pipelining)
        mailing = run(mailroom, server, smtp=smtp)
    counts = mailroom.store.counts(mailing.id)
    assert mailing.state is scenario.state, mailing.note
    if scenario.state is FINISHED:
        assert counts == scenario.counts
        assert not mailing.note or "asks to slow down" in mailing.note


@pytest.mark.parametrize("name", ["content refused", "nobody may be relayed to", "every reader refused"])
def test_a_refusal_of_everybody_stops_within_a_few_messages_and_suppresses_nobody(mailroom, name):
    with FaultServer(faults=SCENARIOS[name].faults) as server:
        mailing = run(mailroom, server)
    counts = mailroom.store.counts(mailing.id)
    assert counts.failed <= 20 + QUICK.connections
    assert counts.queued == PEOPLE - counts.failed > 0
    assert mailroom.audience.suppressions() == []
    assert SCENARIOS[name].faults[0].does.split()[-1] in mailing.note


def test_a_server_that_knows_nobody_does_not_empty_the_list(tmp_path):
    room = Mailroom(tmp_path, people=200)
    with FaultServer(faults=[Fault(at="RCPT", does="550 5.1.1 nobody here")]) as server:
        mailing = room.dispatcher(server.port).run(room.mailing().id)
    counts = room.store.counts(mailing.id)
    room.close()
    assert mailing.state is MailingState.PAUSED
    assert counts.failed <= 50 + QUICK.connections
    assert counts.queued == 200 - counts.failed


def test_only_an_address_that_does_not_exist_is_suppressed(mailroom):
    faults = [
        Fault(at="RCPT", does="550 5.1.1 nobody", who="reader00001"),
        Fault(at="RCPT", does="552 5.2.2 full", who="reader00002"),
        Fault(at="DOT", does="550 5.7.1 spam", who="reader00003"),
    ]
    with FaultServer(faults=faults) as server:
        mailing = run(mailroom, server)
    assert mailroom.emails(mailing, DeliveryState.FAILED) == [address(1), address(2), address(3)]
    assert [mailroom.audience.is_suppressed(address(number)) for number in (1, 2, 3, 4)] == [True, False, False, False]


def test_an_uncertain_copy_is_held_until_somebody_decides(mailroom):
    with FaultServer(faults=[Fault(at="DOT", does="keep+drop", who=FIVE)]) as server:
        mailing = run(mailroom, server)
    assert mailroom.emails(mailing, DeliveryState.UNCERTAIN) == [address(number) for number in range(1, 6)]
    with FaultServer() as again:
        mailroom.dispatcher(again.port).run(mailing.id)
        assert again.accepted == []
        assert mailroom.store.resolve(mailing.id, resend=True, now=mailroom.now()) == 5
        finished = mailroom.dispatcher(again.port).run(mailing.id)
    assert finished.state is FINISHED
    first = {message.recipient: message.content.split(b"\r\n")[0] for message in server.accepted}
    assert {message.recipient: message.content.split(b"\r\n")[0] for message in again.accepted} == {
        address(number): first[address(number)] for number in range(1, 6)
    }


def test_an_answer_4xx_to_a_kept_message_is_tried_again_with_the_same_id(mailroom):
    mailing = mailroom.mailing()
    with FaultServer(faults=[Fault(at="DOT", does="keep+451 4.3.0 hm", who="reader00007", times=1)]) as server:
        assert mailroom.dispatcher(server.port).run(mailing.id).state is FINISHED
    ids = {message.content.split(b"\r\n")[0] for message in server.accepted if message.recipient == address(7)}
    assert server.recipients.count(address(7)) == 2
    assert len(ids) == 1
    assert mailroom.store.counts(mailing.id).sent == PEOPLE


def test_refused_for_ever_is_tried_for_two_days_and_has_failed(tmp_path):
    from datetime import timedelta

    from tests.mailroom import NOW

    clock = [NOW]

    def later() -> object:
        clock[0] += timedelta(minutes=1)
        return clock[0]

    mailroom = Mailroom(tmp_path, people=2, now=later)
    mailing = mailroom.mailing()
    slow = replace(QUICK.schedule, retry_seconds=(300, 14400), give_up_seconds=48 * 3600)
    with FaultServer(faults=[Fault(at="RCPT", does="451 4.2.0 later", who="reader00001")]) as server:
        for _visit in range(40):
            clock[0] += timedelta(hours=4)
            after = mailroom.dispatcher(server.port, options=replace(QUICK, schedule=slow)).run(mailing.id)
            if after.state is FINISHED:
                break
            assert "1" in after.note
    assert after.state is FINISHED
    assert 10 <= server.said("RCPT TO:<reader00001") <= 16
    assert mailroom.store.counts(mailing.id) == Counts(sent=1, failed=1)
    mailroom.close()


def test_a_sender_refused_by_the_server_stops_everything_and_punishes_nobody(mailroom):
    with FaultServer(faults=[Fault(at="MAIL", does="553 5.1.8 who are you")]) as server:
        mailing = run(mailroom, server)
    assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(queued=PEOPLE))
    assert "553" in mailing.note
    assert server.said("MAIL") <= QUICK.connections


def test_a_server_that_always_says_later_pauses_the_mailing(mailroom):
    with FaultServer(faults=[Fault(at="MAIL", does="451 4.7.1 too fast")]) as server:
        mailing = run(mailroom, server)
    assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(queued=PEOPLE))
    assert "451" in mailing.note
    assert all(delivery.attempts == 0 for delivery in mailroom.store.deliveries(mailing.id))


@pytest.mark.parametrize("does", ["stall", "drop", "421 4.3.2 busy", "garbage", "554 5.7.1 never"])
def test_a_server_that_does_not_let_us_in_touches_nobody(mailroom, does):
    with FaultServer(faults=[Fault(at="CONNECT", does=does)]) as server:
        mailing = run(mailroom, server)
    assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(queued=PEOPLE))
    assert f"127.0.0.1:{server.port}" in mailing.note
    assert server.all_connections == (1 if does.startswith("554") else 3)


def secret(server: FaultServer, **changes: object) -> Smtp:
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "hello": "client.test"}
    return Smtp(**{**values, "username": "imagine", "password": Secret("sésame"), **changes})


def test_a_wrong_password_is_tried_once_by_the_whole_mailing(mailroom):
    with FaultServer(password="x", faults=[Fault(at="AUTH", does="535 5.7.8 no")]) as server:
        mailing = run(mailroom, server, smtp=secret(server))
    assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(queued=PEOPLE))
    assert server.said("AUTH") == 1
    assert "sésame" not in mailing.note


def test_a_password_revoked_on_the_way_pauses_the_mailing_and_it_can_be_resumed(mailroom):
    revoked = Fault(at="AUTH", does="535 5.7.8 no", after=2)
    with FaultServer(password="x", faults=[revoked]) as server:
        mailing = run(mailroom, server, smtp=secret(server), connections=1, messages_per_connection=5)
        assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(sent=10, queued=PEOPLE - 10))
        server.faults.clear()
        after = mailroom.dispatcher(server.port, smtp=secret(server)).run(mailing.id)
        check(mailroom, server, after)
    assert (after.state, mailroom.store.counts(mailing.id).sent) == (FINISHED, PEOPLE)


def test_a_password_that_cannot_be_checked_now_is_asked_again(mailroom):
    with FaultServer(password="x", faults=[Fault(at="AUTH", does="454 4.7.0 later", times=2)]) as server:
        assert run(mailroom, server, smtp=secret(server)).state is FINISHED


@pytest.mark.parametrize("does", [None, "454 4.7.0 not now", "garbage", "drop"])
def test_without_encryption_nothing_leaves(mailroom, tmp_path, does):
    certificate = make_certificate(tmp_path / "certificate") if does else None
    faults = [Fault(at="STARTTLS", does=does)] if does else []
    with FaultServer(certificate=certificate, faults=faults, password="x") as server:
        mailing = run(mailroom, server, smtp=secret(server, security="starttls", ca_file=certificate))
    assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(queued=PEOPLE))
    assert (server.said("AUTH"), server.said("MAIL")) == (0, 0)


@pytest.mark.parametrize("does", ["454 4.7.0 not now", "502 5.5.1 no such thing", "drop"])
def test_a_server_that_takes_its_encryption_back_on_the_way_gets_nothing_in_clear(mailroom, tmp_path, does):
    certificate = make_certificate(tmp_path / "certificate")
    with FaultServer(
        certificate=certificate, faults=[Fault(at="STARTTLS", after=1, does=does)], password="x"
    ) as server:
        smtp = secret(server, security="starttls", ca_file=certificate)
        mailing = run(mailroom, server, smtp=smtp, connections=1, messages_per_connection=5)
    assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(sent=5, queued=PEOPLE - 5))
    assert (server.said("AUTH"), server.said("MAIL")) == (1, 5)


def test_a_message_too_big_for_the_server_is_refused_before_it_travels(mailroom):
    fault = Fault(at="MAIL", does="552 5.3.4 too big")
    with FaultServer(faults=[fault], extensions=("SIZE 100",)) as server:
        mailing = run(mailroom, server)
    assert (mailing.state, mailroom.store.counts(mailing.id)) == (PAUSED, Counts(queued=PEOPLE))


def test_one_address_that_breaks_every_connection_does_not_stop_the_others(mailroom):
    fault = Fault(at="RCPT", does="drop", who="reader00001")
    with FaultServer(faults=[fault]) as server:
        mailing = run(mailroom, server, schedule=replace(QUICK.schedule, retry_seconds=(3600,)))
    counts = mailroom.store.counts(mailing.id)
    assert counts == Counts(sent=PEOPLE - 1, deferred=1)
    assert mailing.state is PAUSED


def test_everything_at_random_loses_nobody(mailroom):
    faults = [
        Fault(at="RCPT", does="450 4.2.0 later", who="[3]@", once_each=True),
        Fault(at="RCPT", does="550 5.1.1 no", who="[5]@"),
        Fault(at="DATA", does="drop", who="[7]@", once_each=True),
        Fault(at="DOT", does="keep+drop", who="[8]@"),
        Fault(at="MAIL", does="451 4.7.1 slower", after=11, times=1),
        Fault(at="DOT", does="421 4.3.2 bye", who="[9]@", once_each=True),
        Fault(at="CONNECT", does="421 4.3.2 busy", after=3, times=2),
    ]
    with FaultServer(faults=faults) as server:
        mailing = run(mailroom, server)
    assert mailing.state is FINISHED, mailing.note
    assert mailroom.store.counts(mailing.id) == Counts(sent=PEOPLE - 6, failed=3, uncertain=3)


def test_the_outbox_sends_a_mailing_too(mailroom, tmp_path):
    mailing = mailroom.mailing()
    dispatcher = mailroom.dispatcher(25)
    dispatcher.relays_for = lambda mailing: [Relay(transport=OutboxTransport(tmp_path / "outbox"))]
    assert dispatcher.run(mailing.id).state is FINISHED
    assert len(list((tmp_path / "outbox").iterdir())) == PEOPLE
