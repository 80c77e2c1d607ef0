"""The file of segments: read strictly, written without losing a word, said in words."""

import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.audience.segments import (
    FILE_NAME,
    KEYS,
    as_table,
    forget_segment,
    in_words,
    make_segment,
    read_segments,
    write_segment,
)
from newsletter.errors import ContentError, RefusedError
from newsletter.i18n import speaking
from newsletter.model import Place, Segment

BRUSSELS = ZoneInfo("Europe/Brussels")
LISTS = ("members", "friends")
HAND = """# The towns along the river.
[liege]
title = "Les Liégeois"  # and Seraing
list = "members"
fields.ville = ["Liège", "Seraing"]
fields.parts = true

# Whoever came in spring.
[spring]
list = "friends"
tags_any = ["coop", " vélo ", "coop"]
tags_none = ["presse"]
domains = ["@Example.ORG", "société.be"]
joined_since = 2024-03-01
joined_before = 2024-06-01
not_sent = ["2023-08-16-numero-156"]
"""


def read(path: Path) -> dict[str, Segment]:
    return read_segments(path, lists=LISTS, zone=BRUSSELS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / FILE_NAME
    path.write_text(HAND, encoding="utf-8")
    return path


def test_a_file_is_read_as_it_was_written_by_hand(file: Path) -> None:
    found = read(file)
    assert found["liege"] == Segment(
        list="members", name="liege", title="Les Liégeois", fields={"ville": ("Liège", "Seraing"), "parts": True}
    )
    assert found["spring"] == Segment(
        list="friends",
        name="spring",
        title="spring",
        tags_any=("coop", "vélo"),
        tags_none=("presse",),
        domains=("example.org", "xn--socit-esab.be"),
        joined_since=datetime(2024, 3, 1, tzinfo=BRUSSELS),
        joined_before=datetime(2024, 6, 1, tzinfo=BRUSSELS),
        not_sent=("2023-08-16-numero-156",),
    )


def test_no_file_is_no_segment(tmp_path: Path) -> None:
    assert read(tmp_path / FILE_NAME) == {}


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ('lst = "members"', "a segment has no key lst", "did you mean list?"),
        ('list = "membres"', "no list membres in newsletter.toml", "did you mean members?"),
        ('tags_any = "coop"', "write a list between [ and ]", None),
        ("tags_any = [1]", "write a text between quotes", None),
        ("words = 3", "write a text between quotes", None),
        ('joined_since = "2024-01-01"', "write a day without quotes: 2024-01-31", None),
        ("joined_since = 2024-01-01T10:00:00", "write a day without quotes: 2024-01-31", None),
        ('domains = ["nowhere"]', "nowhere: the part after the @ has no dot", None),
        ('fields = "Liège"', "write a table", 'fields = { ville = "Liège" }'),
        ("fields = { ville = 3 }", "write a list between [ and ]", None),
        ('fields = { ville = [""] }', "write a text, a list of texts, true (filled) or false (empty)", None),
        (f"tags_any = {['t'] * 201}", "more than 200 values", None),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, line: str, message: str, hint: str | None) -> None:
    path = tmp_path / FILE_NAME
    rest = "" if line.startswith("list") else 'list = "members"\n'
    path.write_text(f'[ok]\nlist = "members"\nwords = "x"\n\n[wrong]\n{line}\n{rest}', encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        read(path)
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert isinstance(caught.value.where, Place)
    assert caught.value.where.line == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[Liège]\nlist = "members"\nwords = "x"', "TOML"),
        ('["Liège"]\nlist = "members"\nwords = "x"', "“Liège” cannot name a segment"),
        ('[members]\nlist = "friends"\nwords = "x"', "“members” cannot name a segment"),
        ('[liege]\nwords = "x"', "a segment names its list"),
        ('[liege]\nlist = "members"\nwords = " "', "the segment liege has no condition"),
        ("liege = 3", "a segment is a table"),
        ("[liege", "TOML"),
    ],
)
def test_what_is_no_segment_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=message):
        read(path)


# --- written ---------------------------------------------------------------------------------------------------


def test_a_segment_is_changed_and_every_other_word_stays(file: Path) -> None:
    changed = Segment(list="members", name="liege", title="Liège", tags_all=("coop",), fields={"ville": ("Liège",)})
    write_segment(file, changed, zone=BRUSSELS)
    text = file.read_text(encoding="utf-8")
    assert read(file)["liege"] == changed
    assert text.startswith("# The towns along the river.\n[liege]\n")
    assert text[text.index("# Whoever") :].startswith(HAND[HAND.index("# Whoever") :])


def test_a_segment_is_added_and_taken_out_again(file: Path) -> None:
    before = read(file)
    new = Segment(list="friends", name="new", title="Une « nouvelle »\\", words='a "quoted" word', domains=("a.org",))
    write_segment(file, new, zone=BRUSSELS)
    assert read(file) == before | {"new": new}
    forget_segment(file, "new")
    forget_segment(file, "nobody")
    assert read(file) == before


def test_the_first_segment_makes_the_file(tmp_path: Path) -> None:
    segment = Segment(list="members", name="liege", title="Liège", words="x")
    write_segment(tmp_path / FILE_NAME, segment, zone=BRUSSELS)
    assert read(tmp_path / FILE_NAME) == {"liege": segment}


def test_a_disk_that_says_no_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(RefusedError, match="cannot write segments"):
        write_segment(tmp_path / FILE_NAME, Segment(list="members", name="a", words="x"), zone=BRUSSELS)


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
_TEXTS = st.lists(_TEXT, max_size=3)
_TABLE = st.fixed_dictionaries(
    {"list": st.sampled_from(LISTS), "tags_none": st.just(["presse"])},
    optional={
        "title": _TEXT,
        "words": _TEXT,
        "tags_any": _TEXTS,
        "tags_all": _TEXTS,
        "domains": st.just(["example.org"]),
        "fields": st.dictionaries(_TEXT, st.booleans() | st.just(["Liège", "x"]), max_size=2),
        "joined_since": st.dates(),
        "sent": _TEXTS,
    },
)


@settings(deadline=None)
@given(said=_TABLE, other=_TABLE)
def test_whatever_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, object], other: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("segments") / FILE_NAME
    first = make_segment("first", said, lists=LISTS, zone=BRUSSELS)
    second = make_segment("second", other, lists=LISTS, zone=BRUSSELS)
    write_segment(path, first, zone=BRUSSELS)
    write_segment(path, second, zone=BRUSSELS)
    assert read(path) == {"first": first, "second": second}
    write_segment(path, make_segment("first", other, lists=LISTS, zone=BRUSSELS), zone=BRUSSELS)
    assert read(path)["first"].conditions == second.conditions
    assert set(tomllib.loads(path.read_text(encoding="utf-8"))["first"]) <= {*KEYS}
    assert make_segment("first", as_table(first, zone=BRUSSELS), lists=LISTS, zone=BRUSSELS) == first


# --- in words --------------------------------------------------------------------------------------------------


def test_every_condition_is_said(file: Path) -> None:
    found = read(file)
    assert in_words(found["liege"], zone=BRUSSELS) == ["ville is Liège or Seraing", "parts is filled"]
    with speaking("fr"):
        said = in_words(found["spring"], zone=BRUSSELS)
    assert said == [
        "étiquette coop ou vélo",
        "sans étiquette presse",
        "adresse chez example.org ou xn--socit-esab.be",
        "abonnement depuis le 1er mars 2024",
        "abonnement avant le 1er juin 2024",
        "non remis\u00a0: 2023-08-16-numero-156",
    ]
