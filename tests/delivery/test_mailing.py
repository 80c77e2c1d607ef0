"""The state machine of a mailing."""

from datetime import UTC, datetime
from itertools import product

import pytest

from newsletter.delivery.mailing import estimate_seconds, is_over, may_become, require
from newsletter.errors import RefusedError
from newsletter.model import Counts, Mailing, MailingState

S = MailingState
ALLOWED = {
    (S.SCHEDULED, S.SCHEDULED),
    (S.SCHEDULED, S.RUNNING),
    (S.SCHEDULED, S.PAUSED),
    (S.SCHEDULED, S.CANCELLED),
    (S.RUNNING, S.RUNNING),
    (S.RUNNING, S.PAUSED),
    (S.RUNNING, S.FINISHED),
    (S.RUNNING, S.CANCELLED),
    (S.PAUSED, S.RUNNING),
    (S.PAUSED, S.PAUSED),
    (S.PAUSED, S.SCHEDULED),
    (S.PAUSED, S.CANCELLED),
    (S.FINISHED, S.RUNNING),
    (S.CANCELLED, S.CANCELLED),
}


def mailing(state: MailingState) -> Mailing:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Mailing(id=3, issue="n157", list="members", state=state, rehearsal=False, created_at=now)


@pytest.mark.parametrize(("state", "target"), list(product(S, S)))
def test_a_mailing_goes_only_where_it_may(state, target):
    assert may_become(state, target) == ((state, target) in ALLOWED)


@pytest.mark.parametrize("state", [S.CANCELLED, S.FINISHED, S.SCHEDULED])
def test_a_refusal_names_the_mailing(state):
    with pytest.raises(RefusedError, match="3"):
        require(mailing(state), S.FINISHED)


def test_a_paused_mailing_may_run_again():
    require(mailing(S.PAUSED), S.RUNNING)


def test_a_mailing_is_over_when_nothing_is_left_to_send_even_with_uncertain_ones():
    assert is_over(Counts(sent=5, failed=1, skipped=1, uncertain=2))
    assert not is_over(Counts(sent=5, deferred=1))
    assert not is_over(Counts(sending=1))
    assert not is_over(Counts(queued=1))


def test_the_estimate_follows_the_slower_of_pace_and_connections():
    assert estimate_seconds(1000, rate=0, connections=10) == 10
    assert estimate_seconds(1000, rate=5, connections=10) == 200
    assert estimate_seconds(1000, rate=5000, connections=1) == 100
    assert estimate_seconds(0, rate=0, connections=10) == 0
