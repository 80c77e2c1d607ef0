"""A server that refuses everybody, or does not let us in: the mailing pauses with one sentence, nobody is blamed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from newsletter.model import Counts, DeliveryState
from tests.fault_server import Fault, FaultServer
from tests.mailroom import NOW, QUICK, Mailroom, address
from tests.stories.reckoning import FINISHED, PAUSED, PEOPLE, UNTOUCHED, attempts, check, outcome, plain, resume, run

#: What the server answers to everybody, where, how many may hear it, and what is told.
EVERYBODY = {
    "content refused": ("DOT", "554 5.7.1 spam", 6, "le serveur refuse plusieurs messages de suite"),
    "nobody may be relayed to": ("RCPT", "554 5.7.1 relaying", 6, "le serveur refuse plusieurs messages de suite"),
    "every reader refused": ("RCPT", "550 no", 20 + QUICK.connections, "20 messages de suite en échec"),
}


@pytest.mark.parametrize("pipelining", ["off", "group", "chain"])
@pytest.mark.parametrize("name", EVERYBODY)
def test_a_refusal_of_everybody_stops_within_a_few_messages_and_suppresses_nobody(mailroom, name, pipelining):
    at, does, most, sentence = EVERYBODY[name]
    with FaultServer(faults=[Fault(at=at, does=does)]) as server:
        mailing = run(mailroom, server, smtp=plain(server, pipelining=pipelining))
    counts = mailroom.store.counts(mailing.id)
    assert counts == Counts(failed=counts.failed, queued=PEOPLE - counts.failed)
    assert 3 <= counts.failed <= most
    assert (mailing.state, mailing.note) == (PAUSED, f"{sentence}\u00a0: {does}")
    assert mailroom.audience.suppressions() == []


def test_a_server_that_knows_nobody_does_not_empty_the_list(tmp_path):
    room = Mailroom(tmp_path, people=200)
    with FaultServer(faults=[Fault(at="RCPT", does="550 5.1.1 nobody here")]) as server:
        mailing = run(room, server)
    counts = room.store.counts(mailing.id)
    assert (mailing.state, mailing.note) == (PAUSED, "50 messages de suite en échec\u00a0: 550 5.1.1 nobody here")
    assert counts.failed == len(room.audience.suppressions()) <= 50 + QUICK.connections
    assert counts.queued == 200 - counts.failed
    room.close()


def test_only_an_address_that_does_not_exist_is_suppressed(mailroom):
    faults = [
        Fault(at="RCPT", does="550 5.1.1 nobody", who="reader00001"),
        Fault(at="RCPT", does="552 5.2.2 full", who="reader00002"),
        Fault(at="DOT", does="550 5.7.1 spam", who="reader00003"),
    ]
    with FaultServer(faults=faults) as server:
        mailing = run(mailroom, server)
    assert mailroom.emails(mailing, DeliveryState.FAILED) == [address(1), address(2), address(3)]
    assert set(attempts(mailroom, mailing).values()) == {1}, "refused for good is asked once"
    assert [mailroom.audience.is_suppressed(address(number)) for number in (1, 2, 3, 4)] == [True, False, False, False]


def test_refused_for_ever_is_tried_for_two_days_and_has_failed(tmp_path):
    clock = [NOW]

    def later() -> datetime:
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
            assert after.note.startswith("1 message refused for now; resume after ")
    assert after.state is FINISHED
    assert 10 <= server.said("RCPT TO:<reader00001") <= 16
    assert mailroom.store.counts(mailing.id) == Counts(sent=1, failed=1)
    check(mailroom, server, after)
    mailroom.close()


@pytest.mark.parametrize(
    ("does", "extensions", "sentence"),
    [
        ("553 5.1.8 who are you", (), "le serveur refuse l’expéditeur\u00a0: 553 5.1.8 who are you"),
        ("552 5.3.4 too big", ("SIZE 100",), "le serveur refuse l’expéditeur\u00a0: 552 5.3.4 too big"),
    ],
    ids=["sender", "size"],
)
def test_what_is_refused_at_mail_stops_everything_and_punishes_nobody(mailroom, does, extensions, sentence):
    with FaultServer(faults=[Fault(at="MAIL", does=does)], extensions=extensions) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert (mailing.note, attempts(mailroom, mailing)) == (sentence, {})
    assert server.said("MAIL") <= QUICK.connections
    assert server.said("DATA") == 0, "it is refused before it travels"


def test_a_server_that_always_says_later_pauses_the_mailing(mailroom):
    with FaultServer(faults=[Fault(at="MAIL", does="451 4.7.1 too fast")]) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert "451 4.7.1 too fast" in mailing.note
    assert attempts(mailroom, mailing) == {}
    with FaultServer() as kinder:
        assert resume(mailroom, kinder, mailing).state is FINISHED


@pytest.mark.parametrize(
    ("does", "sentence", "tries"),
    [
        ("stall", "{server} ne répond pas", 3),
        ("drop", "{server} coupe la communication", 3),
        ("421 4.3.2 busy", "{server} refuse la communication\u00a0: 421 4.3.2 busy", 3),
        ("garbage", "{server} répond dans une autre langue que SMTP", 3),
        ("554 5.7.1 never", "{server} refuse la communication\u00a0: 554 5.7.1 never", 1),
    ],
)
def test_a_server_that_does_not_let_us_in_touches_nobody(mailroom, does, sentence, tries):
    with FaultServer(faults=[Fault(at="CONNECT", does=does)]) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert mailing.note == sentence.format(server=f"127.0.0.1:{server.port}")
    assert server.all_connections == tries


@pytest.mark.parametrize("host", ["relay.invalid", "127.0.0.1"])
def test_a_server_out_of_reach_pauses_the_mailing_and_touches_nobody(mailroom, host):
    with FaultServer() as server:
        port = server.port
    mailing = run(mailroom, server, smtp=plain(server, host=host, allow_plain=True))
    assert outcome(mailroom, mailing) == UNTOUCHED
    assert mailing.note.startswith(f"impossible de joindre {host}:{port}\u00a0: ")
    assert resume_reaches_everybody(mailroom, mailing)


def resume_reaches_everybody(mailroom: Mailroom, mailing: object) -> bool:
    """True when a server that is there gets everything."""
    with FaultServer() as server:
        after = resume(mailroom, server, mailing)
        check(mailroom, server, after)
    return outcome(mailroom, after) == (FINISHED, Counts(sent=PEOPLE))
