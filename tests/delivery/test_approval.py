"""What was approved is what is sent: every part of a letter lifts its approval, and says so."""

from dataclasses import replace
from datetime import datetime

import pytest

from newsletter.delivery.approval import Audience, changes_since, make_approval, text_diff
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
PEOPLE = Audience(list="members", sha256="a" * 64, people=60)
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
    grown = Audience(list="members", sha256="b" * 64, people=61)
    found = changes(MAIL, grown, AudienceChange(joined=1, left=0), now)
    assert len(found) == 1
    assert "1 joined" in found[0]


def test_people_who_left_do_not_lift_it(now: datetime) -> None:
    shrunk = Audience(list="members", sha256="b" * 64, people=58)
    assert changes(MAIL, shrunk, AudienceChange(joined=0, left=2), now) == []


def test_people_who_left_are_not_told_beside_another_change(now: datetime) -> None:
    shrunk = Audience(list="members", sha256="b" * 64, people=58)
    found = changes(replace(MAIL, subject="Autre"), shrunk, AudienceChange(joined=0, left=2), now)
    assert len(found) == 1
    assert "subject" in found[0]


def test_another_list_of_the_same_size_lifts_it_and_is_named(now: datetime) -> None:
    other = Audience(list="public", sha256="b" * 64, people=60)
    assert changes(MAIL, other, NOBODY_MOVED, now) == ["the list was members, it is now public"]


def test_the_text_is_compared_line_by_line_with_readable_merge_fields(now: datetime) -> None:
    approval = make_approval(MAIL, PEOPLE, by="Léa", at=now)
    other = replace(MAIL, text=MAIL.text.replace("voici", "voilà"))
    assert "-voici la lettre." in text_diff(approval, other)
    assert " Bonjour {{ first_name }}," in text_diff(approval, other)
