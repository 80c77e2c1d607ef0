"""What a rate of complaints asks for, and by which letters the next one is judged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.delivery.complaints import Alarm, Complaints, last_letters, require_calm, worst
from newsletter.errors import RefusedError
from newsletter.i18n import speaking
from newsletter.model import Mailing, MailingState
from tests.mailroom import NOW

MAILING = Mailing(
    id=1,
    issue="156",
    list="members",
    state=MailingState.FINISHED,
    rehearsal=False,
    created_at=NOW,
    started_at=NOW,
)


def mailing(number: int, issue: str, complaints: int = 0, *, list_id: str = "members") -> Mailing:
    started_at = NOW + timedelta(days=number)
    return replace(MAILING, id=number, issue=issue, list=list_id, complaints=complaints, started_at=started_at)


@pytest.mark.parametrize(
    ("number", "delivered", "alarm"),
    [
        (0, 0, Alarm.NONE),
        (7, 8_000, Alarm.NONE),
        (8, 8_000, Alarm.WARNING),
        (23, 8_000, Alarm.WARNING),
        (24, 8_000, Alarm.REFUSAL),
        (3, 1_000, Alarm.REFUSAL),
        (3, 1_001, Alarm.WARNING),
        (3, 0, Alarm.REFUSAL),
    ],
)
def test_one_in_a_thousand_warns_and_three_refuse(number: int, delivered: int, alarm: Alarm) -> None:
    assert Complaints(number=number, delivered=delivered).alarm is alarm


@pytest.mark.parametrize("number", [1, 2])
def test_a_few_complaints_of_a_small_list_are_no_rate(number: int) -> None:
    few = Complaints(number=number, delivered=100)
    assert few.alarm is Alarm.NONE
    assert few.advice == ""
    require_calm(few)


def test_a_rate_is_never_rounded_up_to_a_limit() -> None:
    with speaking("en"):
        assert Complaints(number=2_999, delivered=1_000_000).percent == "0.29%"
        assert Complaints(number=3_000, delivered=1_000_000).percent == "0.3%"
    with speaking("fr"):
        assert (
            Complaints(number=12, delivered=8_000).sentence
            == "12 plaintes pour 8\u202f000 lettres remises (0,15\u202f%)."
        )


def test_a_refusal_says_how_many_why_and_how_to_say_yes() -> None:
    with (
        speaking("fr"),
        pytest.raises(RefusedError, match=r"30 lecteurs sur 8\u202f000 .* \(0,37\u202f%\)") as refused,
    ):
        require_calm(Complaints(number=30, delivered=8_000))
    assert refused.value.hint
    assert "--despite-complaints" in refused.value.hint


def test_the_next_letter_is_judged_by_the_one_before_and_by_itself() -> None:
    known = [mailing(5, "158"), mailing(4, "157"), mailing(3, "157"), mailing(2, "156")]
    assert [[one.id for one in letter] for letter in last_letters(known, list_id="members", issue="159")] == [[5]]
    assert [[one.id for one in letter] for letter in last_letters(known, list_id="members", issue="158")] == [
        [5],
        [4, 3],
    ]
    assert last_letters(known, list_id="public", issue="159") == []


def test_rehearsals_and_what_never_left_judge_nobody() -> None:
    known = [replace(mailing(3, "158"), rehearsal=True), replace(mailing(2, "157"), started_at=None), mailing(1, "156")]
    assert [[one.id for one in letter] for letter in last_letters(known, list_id="members", issue="159")] == [[1]]


def test_latecomers_without_complaints_hide_nothing() -> None:
    letter = [mailing(2, "157"), mailing(1, "157", complaints=30)]
    delivered = {1: 8_000, 2: 4}
    found = worst([letter], delivered=lambda one: delivered[one.id])
    assert found == Complaints(number=30, delivered=8_004, issue="157")


def test_the_worst_letter_counts_and_calm_ones_are_not_even_counted() -> None:
    letters = [[mailing(2, "158", complaints=9)], [mailing(1, "157", complaints=2)]]
    counted: list[int] = []

    def delivered(one: Mailing) -> int:
        counted.append(one.id)
        return 1_000

    assert worst(letters, delivered=delivered) == Complaints(number=9, delivered=1_000, issue="158")
    assert counted == [2]
    assert worst([], delivered=delivered) == Complaints()
