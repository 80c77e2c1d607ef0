"""Servers that are slow, strict or of another kind: everybody gets the letter, or fails alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.delivery.sender import Relay
from newsletter.delivery.transports.outbox import OutboxTransport
from newsletter.model import Consent, Counts, DeliveryState, ImportRow
from tests.fault_server import Fault, FaultServer
from tests.mailroom import LIST, NOW
from tests.stories.commands import Type
from tests.stories.reckoning import FINISHED, PEOPLE, outcome, run
from tests.stories.test_cli_exactness import through


def test_a_slow_server_gets_everything(mailroom):
    with FaultServer(delay=0.02) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (FINISHED, Counts(sent=PEOPLE))


def test_one_silent_connection_does_not_stop_the_others(mailroom):
    with FaultServer(faults=[Fault(at="DOT", does="keep+drip", who="reader00001")]) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (FINISHED, Counts(sent=PEOPLE - 1, uncertain=1))


@pytest.mark.parametrize("fault", [Fault(at="EHLO", does="huge"), Fault(at="EHLO", does="garbage", times=2)])
def test_a_strange_greeting_is_read_or_asked_again(mailroom, fault):
    with FaultServer(faults=[replace(fault)]) as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (FINISHED, Counts(sent=PEOPLE))


def test_an_address_beyond_ascii_fails_alone(mailroom):
    consent = Consent(text="I agree", source="hand", at=NOW)
    row = ImportRow(line=1, email="zoé@example.org")
    mailroom.audience.import_rows([row], list_id=LIST, consent=consent, dry_run=False)
    mailroom.people += 1
    with FaultServer() as server:
        mailing = run(mailroom, server)
    assert outcome(mailroom, mailing) == (FINISHED, Counts(sent=PEOPLE, failed=1))
    assert mailroom.emails(mailing, DeliveryState.FAILED) == ["zoé@example.org"]


def test_a_server_strict_about_line_ends_and_eight_bits_takes_every_letter(type_: Type, sample_project: Path) -> None:
    members = str(sample_project / "content" / "members.csv")
    type_("subscribers", "import", members, "--list", "members", "--consent", "Adhésion 2023")
    with FaultServer(strict=True, extensions=()) as server:
        through(server, sample_project)
        assert type_("send", "156", "--unapproved", "--yes")[0] == 0
    assert len(server.accepted) == 60


def test_the_outbox_sends_a_mailing_too(mailroom, tmp_path):
    mailing = mailroom.mailing()
    dispatcher = mailroom.dispatcher(25)
    dispatcher.relays_for = lambda mailing: [Relay(transport=OutboxTransport(tmp_path / "outbox"))]
    assert dispatcher.run(mailing.id).state is FINISHED
    assert len(list((tmp_path / "outbox").iterdir())) == PEOPLE
