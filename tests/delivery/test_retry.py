"""What an answer means, by step and first digit."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.delivery.retry import Blame, Schedule, Verdict, asks_to_slow_down, deferred, delay_seconds, judge, lost
from newsletter.errors import LostConnection
from newsletter.model import DeliveryState, Phase, Reader, Reply

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
READER = Reader(delivery=7, subscriber=1, subscription=1, email="a@example.org")
SCHEDULE = Schedule()
S = DeliveryState


def verdict(phase: Phase, code: int, enhanced: str = "", reader: Reader = READER) -> Verdict:
    return judge(Reply(phase=phase, code=code, enhanced=enhanced), reader, now=lambda: NOW, schedule=SCHEDULE)


@pytest.mark.parametrize(
    ("phase", "code", "enhanced", "state", "blame", "suppress", "counts"),
    [
        (Phase.DOT, 250, "2.0.0", S.SENT, Blame.NOBODY, False, True),
        (Phase.DOT, 251, "", S.SENT, Blame.NOBODY, False, True),
        (Phase.RCPT, 450, "4.2.0", S.DEFERRED, Blame.READER, False, True),
        (Phase.RCPT, 499, "", S.DEFERRED, Blame.READER, False, True),
        (Phase.RCPT, 550, "5.1.1", S.FAILED, Blame.READER, True, True),
        (Phase.RCPT, 550, "5.1.2", S.FAILED, Blame.READER, True, True),
        (Phase.RCPT, 556, "5.1.10", S.FAILED, Blame.READER, True, True),
        (Phase.RCPT, 550, "5.2.1", S.FAILED, Blame.READER, True, True),
        (Phase.RCPT, 552, "5.2.2", S.FAILED, Blame.READER, False, True),
        (Phase.RCPT, 550, "", S.FAILED, Blame.READER, False, True),
        (Phase.RCPT, 554, "5.7.1", S.FAILED, Blame.MESSAGE, False, True),
        (Phase.DATA, 451, "", S.DEFERRED, Blame.READER, False, True),
        (Phase.DATA, 554, "", S.FAILED, Blame.MESSAGE, False, True),
        (Phase.DOT, 452, "4.3.1", S.DEFERRED, Blame.READER, False, True),
        (Phase.DOT, 554, "5.7.1", S.FAILED, Blame.MESSAGE, False, True),
        (Phase.DOT, 550, "5.1.1", S.FAILED, Blame.READER, False, True),
        (Phase.MAIL, 451, "4.7.1", S.QUEUED, Blame.CONNECTION, False, False),
        (Phase.MAIL, 553, "5.1.8", S.QUEUED, Blame.MAILING, False, False),
    ],
)
def test_each_step_gives_an_answer_its_meaning(phase, code, enhanced, state, blame, suppress, counts):
    found = verdict(phase, code, enhanced)
    assert (found.outcome.state, found.blame) == (state, blame)
    assert (found.outcome.suppress, found.outcome.counts) == (suppress, counts)
    assert found.outcome.delivery == READER.delivery


def test_the_wait_grows_with_each_refusal_and_then_stays():
    waits = [delay_seconds(READER._replace(attempts=n), SCHEDULE) for n in range(9)]
    for wait, base in zip(waits, (300, 900, 1800, 3600, 7200, 14400, 14400, 14400, 14400), strict=True):
        assert base * 0.9 <= wait <= base * 1.1


def test_the_jitter_is_the_same_after_a_restart_and_different_between_readers():
    assert delay_seconds(READER, SCHEDULE) == delay_seconds(READER._replace(), SCHEDULE)
    assert len({delay_seconds(READER._replace(delivery=n), SCHEDULE) for n in range(50)}) == 50


def test_a_deferred_delivery_is_due_later_and_names_the_answer():
    outcome = verdict(Phase.RCPT, 450).outcome
    assert NOW + timedelta(seconds=270) <= outcome.due_at <= NOW + timedelta(seconds=330)
    assert outcome.reply.code == 450


def test_a_delivery_refused_for_two_days_has_failed():
    tried = READER._replace(attempts=14, first_tried_at=NOW - timedelta(hours=48))
    outcome = verdict(Phase.RCPT, 450, reader=tried).outcome
    assert outcome.state is S.FAILED
    assert not outcome.suppress
    almost = tried._replace(first_tried_at=NOW - timedelta(hours=47, minutes=59))
    assert deferred(almost, None, now=NOW, schedule=SCHEDULE).state is S.DEFERRED


@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA])
def test_a_connection_lost_before_the_dot_punishes_nobody(phase):
    outcome = lost(LostConnection("gone", phase=phase), READER)
    assert (outcome.state, outcome.counts) == (S.QUEUED, False)


def test_only_a_dot_without_an_answer_is_uncertain():
    assert lost(LostConnection("gone", phase=Phase.DOT), READER).state is S.UNCERTAIN
    assert lost(LostConnection("421", phase=Phase.DOT, answered=True), READER).state is S.QUEUED


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "slower"),
    [
        (451, "4.7.1", "slow down", True),
        (450, "4.7.28", "unusual rate", True),
        (452, "4.3.2", "busy", True),
        (451, "4.7.1", "Greylisting in action", False),
        (450, "4.2.0", "later", False),
        (452, "4.3.1", "no room", False),
        (550, "5.7.1", "policy", False),
    ],
)
def test_only_a_word_of_too_much_slows_the_mailing_down(code, enhanced, text, slower):
    assert asks_to_slow_down(Reply(phase=Phase.MAIL, code=code, enhanced=enhanced, text=text)) is slower
