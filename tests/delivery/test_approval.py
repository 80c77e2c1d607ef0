"""What was approved is what is sent: every part of a letter lifts its approval, and says so."""

from dataclasses import replace
from datetime import datetime

import pytest

from newsletter.delivery.approval import Audience, changes_since, last_for, make_approval, text_diff
from newsletter.model import AudienceChange, MergeField, RenderedMail

MAIL = RenderedMail(
    issue="2023-08-16-numero-156",
    variant="members",
    language="fr",
    subject="La lettre d’août",
    preheader="Trois rivières",
    html="<p>Bonjourtok1, voici.</p>",
    text="Bonjourtok1,\nvoici la lettre.",
    fields=(MergeField(token="tok1", name="first_name", prefix=" "),),
    sha256="0" * 64,
)


def readers(people: int, sha256: str, *, of: str = "members", rule: str = "", words: str = "") -> Audience:
    return Audience(list=of, rule=rule, words=words, count=lambda: (people, sha256))


PEOPLE = readers(60, "a" * 64)
NOBODY_MOVED = AudienceChange(joined=0, left=0)


def changes(mail: RenderedMail, audience: Audience, change: AudienceChange, now: datetime) -> list[str]:
    return changes_since(make_approval(MAIL, PEOPLE, by="Léa", at=now), mail, audience, change=change)


def test_an_approval_holds_for_the_same_letter_and_people(now: datetime) -> None:
    assert changes(MAIL, PEOPLE, NOBODY_MOVED, now) == []


@pytest.mark.parametrize(
    ("part", "value", "word"),
    [
        ("subject", "La lettre de septembre", "subject"),
        ("preheader", "Deux rivières", "preheader"),
        ("html", "<p>Bonjourtok1, voilà.</p>", "layout"),
        ("text", "Bonjourtok1,\nvoilà la lettre.", "voilà"),
    ],
)
def test_any_change_lifts_it_and_is_said(part: str, value: str, word: str, now: datetime) -> None:
    found = changes(replace(MAIL, **{part: value}), PEOPLE, NOBODY_MOVED, now)
    assert len(found) == 1
    assert word in found[0]


def test_another_fallback_lifts_it(now: datetime) -> None:
    other = replace(MAIL, fields=(MergeField(token="tok1", name="first_name", fallback="toi", prefix=" "),))
    assert changes(other, PEOPLE, NOBODY_MOVED, now) != []


def test_another_token_for_the_same_field_changes_nothing(now: datetime) -> None:
    other = replace(
        MAIL,
        html=MAIL.html.replace("tok1", "tok9"),
        text=MAIL.text.replace("tok1", "tok9"),
        fields=(MergeField(token="tok9", name="first_name", prefix=" "),),
    )
    assert changes(other, PEOPLE, NOBODY_MOVED, now) == []


def test_people_who_joined_lift_it(now: datetime) -> None:
    grown = readers(61, "b" * 64)
    found = changes(MAIL, grown, AudienceChange(joined=1, left=0), now)
    assert len(found) == 1
    assert "1 joined" in found[0]


def test_people_who_left_do_not_lift_it(now: datetime) -> None:
    shrunk = readers(58, "b" * 64)
    assert changes(MAIL, shrunk, AudienceChange(joined=0, left=2), now) == []


def test_people_who_left_are_not_told_beside_another_change(now: datetime) -> None:
    shrunk = readers(58, "b" * 64)
    found = changes(replace(MAIL, subject="Autre"), shrunk, AudienceChange(joined=0, left=2), now)
    assert len(found) == 1
    assert "subject" in found[0]


def test_another_list_of_the_same_size_lifts_it_and_is_named(now: datetime) -> None:
    other = readers(60, "b" * 64, of="public")
    assert changes(MAIL, other, NOBODY_MOVED, now) == ["the list was members, it is now public"]


def test_the_text_is_compared_line_by_line_with_readable_merge_fields(now: datetime) -> None:
    approval = make_approval(MAIL, PEOPLE, by="Léa", at=now)
    other = replace(MAIL, text=MAIL.text.replace("voici", "voilà"))
    assert "-voici la lettre." in text_diff(approval, other)
    assert " Bonjour {{ first_name }}," in text_diff(approval, other)


# --- for a segment ---------------------------------------------------------------------------------------------

LIEGE = readers(7, "c" * 64, rule='{"ville": ["Liège"]}', words="“Liège”")


def of_segment(audience: Audience, change: AudienceChange, now: datetime) -> list[str]:
    return changes_since(make_approval(MAIL, LIEGE, by="Léa", at=now), MAIL, audience, change=change)


def test_an_approval_for_a_segment_does_not_cover_the_list_nor_the_other_way_round(now: datetime) -> None:
    # Were they the very same people: a rule that selects everybody today may not tomorrow.
    everybody = readers(7, LIEGE.sha256)
    assert of_segment(everybody, NOBODY_MOVED, now) == ["it was given for “Liège”, it is now for the whole list"]
    approval = make_approval(MAIL, everybody, by="Léa", at=now)
    assert changes_since(approval, MAIL, LIEGE, change=NOBODY_MOVED) == [
        "it was given for the whole list, it is now for “Liège”"
    ]


def test_another_rule_for_the_same_people_lifts_it(now: datetime) -> None:
    other = replace(LIEGE, rule='{"tags_any": ["liège"]}', words="“Liège” (tagged liège)")
    assert of_segment(other, NOBODY_MOVED, now) == ["it was given for “Liège”, it is now for “Liège” (tagged liège)"]


def test_only_the_exact_people_but_those_who_left_keep_the_approval_of_a_segment(now: datetime) -> None:
    fewer = replace(LIEGE, count=lambda: (6, "d" * 64))
    assert of_segment(LIEGE, NOBODY_MOVED, now) == []
    assert of_segment(fewer, AudienceChange(joined=0, left=1, before=LIEGE.sha256), now) == []
    swapped = AudienceChange(joined=0, left=1, before="e" * 64)
    assert of_segment(fewer, swapped, now) == ["the people have changed: 0 joined, 1 left"]


def test_a_tag_that_went_to_somebody_else_lifts_it_and_says_so(now: datetime) -> None:
    others = replace(LIEGE, count=lambda: (7, "d" * 64))
    change = AudienceChange(joined=0, left=0, before="d" * 64)
    assert of_segment(others, change, now) == ["other people fit the segment: 7 then, 7 now"]


def test_nobody_is_counted_where_it_was_given_for_others(now: datetime) -> None:
    def count() -> tuple[int, str]:
        raise AssertionError("everybody was read for nothing")

    assert of_segment(Audience(list="members", count=count), NOBODY_MOVED, now) != []


def test_an_audience_is_counted_once(now: datetime) -> None:
    asked: list[int] = []

    def count() -> tuple[int, str]:
        asked.append(60 + len(asked))
        return asked[-1], "a" * 64

    audience = Audience(list="members", count=count)
    assert changes(MAIL, audience, NOBODY_MOVED, now) == []
    assert (audience.people, asked) == (60, [60])


def test_each_readership_has_its_own_last_approval(now: datetime) -> None:
    whole, liege = (make_approval(MAIL, each, by="Léa", at=now) for each in (PEOPLE, LIEGE))
    assert last_for([liege, whole], PEOPLE) is whole
    assert last_for([whole, liege], LIEGE) is liege
    assert last_for([whole], LIEGE) is whole
    assert last_for([], LIEGE) is None
