"""Every way a mail server can misbehave, and what must come of it: nobody lost, nobody written to twice."""

import random
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace

import pytest

from newsletter.model import Counts, DeliveryState, MailingState
from tests.fault_server import EXTENSIONS, Fault, FaultServer
from tests.mailroom import QUICK, address
from tests.stories.reckoning import (
    FINISHED,
    FIVE,
    PAUSED,
    PEOPLE,
    attempts,
    check,
    doubled,
    everybody,
    outcome,
    plain,
    resume,
    run,
)

SLOWER = "le serveur demande de ralentir"


@dataclass
class Scenario:
    """Faults, and what they must end in."""

    faults: list[Fault] = field(default_factory=list)
    server: dict[str, object] = field(default_factory=dict)
    counts: Counts = field(default_factory=lambda: Counts(sent=PEOPLE))
    #: Answers that count against a reader, beyond one for everybody.
    refused: int = 0
    #: How what there is to say begins.
    note: str = ""


SCENARIOS = {
    "all is well": Scenario(),
    "421 after some messages": Scenario([Fault(at="MAIL", does="421 4.3.2 enough", after=7, times=3)], note=SLOWER),
    "421 at the greeting, once": Scenario([Fault(at="CONNECT", does="421 4.3.2 busy", times=2)]),
    "421 to one recipient, once": Scenario(
        [Fault(at="RCPT", does="421 4.3.2 bye", who=FIVE, once_each=True)], note=SLOWER
    ),
    "421 in answer to the dot": Scenario([Fault(at="DOT", does="421 4.3.2 bye", times=4)], note=SLOWER),
    "closes without a word": Scenario([Fault(at="MAIL", does="drop", after=5, times=4)]),
    "closes before 354": Scenario([Fault(at="DATA", does="drop", who=FIVE, once_each=True)]),
    "two connections at most": Scenario(server={"most_connections": 2}),
    "4xx at RCPT, once each": Scenario([Fault(at="RCPT", does="450 4.2.0 greylisted", once_each=True)], refused=PEOPLE),
    "452 at the dot": Scenario([Fault(at="DOT", does="452 4.3.1 no room", times=3)], refused=3),
    "451 at MAIL now and then": Scenario([Fault(at="MAIL", does="451 4.7.1 slower", after=5, times=2)], note=SLOWER),
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
    "drips after accepting": Scenario(
        [Fault(at="DOT", does="keep+drip", who="reader00007")], counts=Counts(sent=PEOPLE - 1, uncertain=1)
    ),
    "garbage after accepting": Scenario(
        [Fault(at="DOT", does="keep+garbage", who="reader00007")], counts=Counts(sent=PEOPLE - 1, uncertain=1)
    ),
}


@pytest.mark.parametrize("pipelining", ["off", "group", "chain"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_misbehaving_server_loses_and_doubles_nobody(mailroom, name, pipelining):
    scenario = deepcopy(SCENARIOS[name])
    with FaultServer(faults=scenario.faults, **scenario.server) as server:
        mailing = run(mailroom, server, smtp=plain(server, pipelining=pipelining))
    assert outcome(mailroom, mailing) == (FINISHED, scenario.counts)
    assert mailing.note.startswith(scenario.note) and bool(mailing.note) == bool(scenario.note)
    assert sum(attempts(mailroom, mailing).values()) == PEOPLE + scenario.refused, "only a refusal of a reader counts"


def test_a_connection_closed_in_mid_body_is_sent_again_or_named(mailroom):
    """Small letters sit whole in the system's buffers: when the dot had left, uncertain is the honest answer."""
    with FaultServer(faults=[Fault(at="BODY", does="drop", who=FIVE, once_each=True)]) as server:
        mailing = run(mailroom, server)
    state, counts = outcome(mailroom, mailing)
    assert (state, counts.sent + counts.uncertain) == (FINISHED, PEOPLE)
    lost = everybody() - set(server.recipients)
    assert lost == set(mailroom.emails(mailing, DeliveryState.UNCERTAIN))


def test_an_uncertain_copy_is_held_until_somebody_decides(mailroom):
    with FaultServer(faults=[Fault(at="DOT", does="keep+drop", who=FIVE)]) as server:
        mailing = run(mailroom, server)
    assert mailroom.emails(mailing, DeliveryState.UNCERTAIN) == [address(number) for number in range(1, 6)]
    with FaultServer() as again:
        resume(mailroom, again, mailing)
        assert again.accepted == []
        assert mailroom.store.resolve(mailing.id, resend=True, now=mailroom.now()) == 5
        assert resume(mailroom, again, mailing).state is FINISHED
    first = {message.recipient: message.content.split(b"\r\n")[0] for message in server.accepted}
    assert {message.recipient: message.content.split(b"\r\n")[0] for message in again.accepted} == {
        address(number): first[address(number)] for number in range(1, 6)
    }


def test_an_answer_4xx_to_a_kept_message_is_tried_again_with_the_same_id(mailroom):
    with FaultServer(faults=[Fault(at="DOT", does="keep+451 4.3.0 hm", who="reader00007", times=1)]) as server:
        mailing = resume(mailroom, server, mailroom.mailing())
    ids = {message.content.split(b"\r\n")[0] for message in server.accepted if message.recipient == address(7)}
    assert (doubled(server), server.recipients.count(address(7)), len(ids)) == ([address(7)], 2, 1)
    assert outcome(mailroom, mailing) == (FINISHED, Counts(sent=PEOPLE))
    assert attempts(mailroom, mailing)[address(7)] == 2


def test_one_address_that_breaks_every_connection_does_not_stop_the_others(mailroom):
    with FaultServer(faults=[Fault(at="RCPT", does="drop", who="reader00001")]) as server:
        mailing = run(mailroom, server, schedule=replace(QUICK.schedule, retry_seconds=(3600,)))
    assert outcome(mailroom, mailing) == (PAUSED, Counts(sent=PEOPLE - 1, deferred=1))
    assert mailing.note.startswith("1 message refusé pour l’instant")


# --- everything at random --------------------------------------------------------------------------------------


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
    assert outcome(mailroom, mailing) == (FINISHED, Counts(sent=PEOPLE - 6, failed=3, uncertain=3)), mailing.note


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
            mailing = resume(mailroom, server, mailing)
            check(mailroom, server, mailing)
    assert mailing.state is FINISHED, mailing.note
    named = mailroom.emails(mailing, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
    assert everybody() - set(server.recipients) <= set(named)
    assert Counter(server.recipients).total() <= PEOPLE
