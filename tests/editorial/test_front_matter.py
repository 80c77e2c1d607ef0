"""A file is read strictly, and every mistake has its file, its line, its field and a way to mend it."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.front_matter import MAX_BODY, make_document
from newsletter.editorial.strict_yaml import YamlMistake, read_moment, read_yaml
from newsletter.errors import ContentError

BRUSSELS = ZoneInfo("Europe/Brussels")

#: Name → bytes, line, field, words of the message.
BAD_FILES = {
    "empty": (b"", 1, None, "front matter is missing"),
    "no front matter": (b"# Title\n\nText\n", 1, None, "front matter is missing"),
    "blank line first": (b"\n---\ntitle: x\n---\n", 1, None, "front matter is missing"),
    "four dashes": (b"----\ntitle: x\n----\n", 1, None, "front matter is missing"),
    "never closed": (b"---\ntitle: x\n\nText\n", 1, None, "never closed"),
    "closed by a rule of the text": (b"---\ntitle: x\n\nSome text\n\n---\nMore\n", 6, None, "has no colon"),
    "latin-1": ("---\ntitle: x\ncat: été\n---\n".encode("latin-1"), 3, None, "not UTF-8: byte 0xE9"),
    "utf-16 with mark": ("---\ntitle: x\n---\n".encode("utf-16"), 1, None, "UTF-16"),
    "utf-16 without mark": ("---\ntitle: x\n---\n".encode("utf-16-le"), 1, None, "UTF-16"),
    "a NUL in the text": (b"---\ntitle: a long enough title\ndate: 2023-01-02\n---\nword\0\n", 5, None, "NUL"),
    "a tab for an indent": (b"---\ntitle:\tT\n\tdate: 2023-01-02\n---\n", 3, None, "a tab stands"),
    "a YAML directive": (b"---\n%YAML 9.9\ntitle: T\n---\n", 2, None, "percent"),
    "duplicate key": (b"---\ntitle: a\ndate: 2023-01-01\ntitle: b\n---\n", 4, "title", "said twice, first on line 2"),
    "nested duplicate key": (b"---\na:\n  b: 1\n  b: 2\n---\n", 4, "a.b", "said twice"),
    "anchor": (b"---\ntitle: &t x\n---\n", 2, None, "anchors"),
    "alias": (b"---\na: &t x\nb: *t\n---\n", 2, None, "anchors"),
    "emphasis taken for an alias": (b"---\ntitle: *bold* text\n---\n", 2, None, "cannot start with *"),
    "python tag": (b"---\ntitle: !!python/object/apply:os.system [id]\n---\n", 2, "title", "tag"),
    "own tag": (b"---\ntitle: !x y\n---\n", 2, "title", "tag !x"),
    "binary": (b"---\ntitle: !!binary aGk=\n---\n", 2, "title", "tag !!binary"),
    "impossible date": (b"---\ntitle: x\ndate: 2023-02-30\n---\n", 3, "date", "not a date of the calendar"),
    "list at the top": (b"---\n- a\n- b\n---\n", 2, None, "no list of keys"),
    "plain text": (b"---\nhello\n---\n", 2, None, "no list of keys"),
    "colon in value": (b"---\ntitle: a: b\n---\n", 2, None, "colon"),
    "tab": (b"---\ntitle: x\n\tcat: y\n---\n", 3, None, "tab"),
    "at sign": (b"---\ntitle: @moi\n---\n", 2, None, "cannot start"),
    "open quote": (b"---\ntitle: 'x\ncat: y\n---\n", 2, None, "never closed"),
    "bad escape": (b'---\ntitle: "\\q"\n---\n', 2, None, "escape"),
    "control character": (b"---\ntitle: a\x07b\n---\n", 2, None, "control character"),
    "escaped control character": (b'---\ntitle: "a\\0b"\n---\n', 2, "title", "control character"),
    "list as a key": (b"---\n? [a, b]\n: c\n---\n", 2, None, "a key must be one word"),
    "second document": (b"---\na: 1\n--- b\n---\n", 3, None, "second YAML document"),
    "end of a document": (b"---\na: 1\n...\nb: 2\n---\n", 4, None, "not YAML"),
    "nested too deep": (b"---\na: " + b"[" * 40 + b"]" * 40 + b"\n---\n", 2, "a" + ".0" * 7, "too deep"),
    "brackets that would crash": (b"---\na: " + b"[" * 60_000 + b"\n---\n", 2, "a" + ".0" * 7, "too deep"),
    "dashes that would crash": (b"---\na:\n  " + b"- " * 30_000 + b"\n---\n", 3, "a" + ".0" * 7, "too deep"),
    "huge front matter": (b"---\na: " + b"x" * 70_000 + b"\n---\n", 1, None, "64 kB"),
    "huge body": (b"---\na: b\n---\n" + b"x" * (MAX_BODY + 1), None, None, "larger than 1024 kB"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_clear_error_with_its_line(name: str) -> None:
    content, line, field, words = BAD_FILES[name]
    with pytest.raises(ContentError) as caught:
        make_document(content, file="content/articles/x.md")
    error = caught.value
    assert words in error.message
    assert error.where is not None
    assert (error.where.file, error.where.line, error.where.field) == ("content/articles/x.md", line, field)
    assert "\n" not in str(error)
    assert error.hint


def test_a_dashed_line_with_blanks_closes_the_front_matter() -> None:
    document = make_document(b"---  \na: 1\n---\t\nText\n", file="x.md")
    assert (document.front_matter, document.body, document.body_line) == ({"a": 1}, "Text", 4)


def test_marks_and_line_ends_of_every_editor_are_read() -> None:
    plain = "---\ntitle: été\n---\n\nUn\ndeux\n"
    expected = make_document(plain.encode(), file="x.md")
    for content in (
        b"\xef\xbb\xbf" + plain.encode(),
        plain.replace("\n", "\r\n").encode(),
        plain.replace("\n", "\r").encode(),
    ):
        document = make_document(content, file="x.md")
        assert document.front_matter == {"title": "été"}
        assert (document.body, document.body_line, document.lines) == ("Un\ndeux", 5, expected.lines)


def test_the_body_keeps_its_code_indentation_and_its_rules() -> None:
    document = make_document(b"---\na: 1\n---\n\n    code\n\n---\n\nend\n\n", file="x.md")
    assert document.body == "    code\n\n---\n\nend"
    assert document.body_line == 5


def test_every_key_knows_its_line() -> None:
    source = b"---\n# c\ntitle: x\nblocks:\n  - kind: lead\n    article: a.md\n  - kind: text\n---\n"
    lines = make_document(source, file="x.md").lines
    assert lines["title"] == 3
    assert (lines["blocks"], lines["blocks.0"], lines["blocks.0.article"], lines["blocks.1"]) == (4, 5, 6, 7)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("No", "No"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        ("+3242223344", "+3242223344"),
        ("12", 12),
        ("-4", -4),
        ("2.5", 2.5),
        ("true", True),
        ("", None),
        ("~", None),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("2023-08-09", date(2023, 8, 9)),
        ("2023-08-09T10:00:00Z", datetime(2023, 8, 9, 10, tzinfo=UTC)),
        ("2023-08-09 10:00", datetime(2023, 8, 9, 10)),
    ],
)
def test_a_value_means_what_an_editor_would_say(written: str, value: object) -> None:
    assert read_yaml(f"key: {written}\n")[0] == {"key": value}


@pytest.mark.parametrize("written", ["No", "2023", "12:30", "2023-08-09", "true", "1.10", "007"])
def test_a_text_key_stays_text_whatever_it_looks_like(written: str) -> None:
    assert read_yaml(f"title: {written}\n", text_keys=frozenset(("title",)))[0] == {"title": written}


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_no_yaml_whatever_crashes_the_reader(source: str) -> None:
    try:
        values, lines = read_yaml(source)
    except YamlMistake as mistake:
        assert mistake.line >= 1
        assert mistake.message
    else:
        assert values.keys() <= lines.keys()


@given(st.binary(max_size=80))
def test_no_bytes_whatever_crash_the_reader(content: bytes) -> None:
    try:
        make_document(b"---\n" + content, file="x.md")
    except ContentError as error:
        assert error.where is not None


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_every_iso_moment_is_read_back(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_moment(aware.isoformat()) == aware
    assert read_moment(moment.isoformat(" ")) == moment
    assert read_moment(moment.date().isoformat()) == moment.date()


def document(line: str):
    return make_document(f"---\n{line}\n---\n".encode(), file="x.md")


def test_a_naive_moment_and_a_day_are_of_the_sites_time_zone() -> None:
    assert document("date: 2023-08-09").moment("date", BRUSSELS) == datetime(2023, 8, 8, 22, tzinfo=UTC)
    assert document("date: 2023-08-09 10:00:00").moment("date", BRUSSELS) == datetime(2023, 8, 9, 8, tzinfo=UTC)
    assert document("date: '2023-08-09T10:00:00+05:30'").moment("date", BRUSSELS) == datetime(
        2023, 8, 9, 4, 30, tzinfo=UTC
    )


def test_a_moment_in_a_file_without_time_zone_says_its_offset() -> None:
    with pytest.raises(ContentError):
        document("since: 2023-08-09T10:00:00").moment("since", None)


def test_the_day_of_a_late_moment_is_the_day_in_the_sites_time_zone() -> None:
    assert document("deadline: 2023-08-09T23:30:00Z").day("deadline", BRUSSELS) == date(2023, 8, 10)


@pytest.mark.parametrize(
    "written", ["09/08/2023", "demain", "[2023]", "20230809", "2023", "'2023-02-30'", "9999-01-01"]
)
def test_what_is_no_date_is_refused_with_the_right_spelling(written: str) -> None:
    with pytest.raises(ContentError) as caught:
        document(f"date: {written}").moment("date", BRUSSELS)
    assert "2023-10-11" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("written", "value"), [("true", True), ("no", False), ("On", True), ("", True), ("FALSE", False)]
)
def test_a_flag_is_true_or_false_in_every_spelling_of_yaml(written: str, value: bool) -> None:
    assert document(f"draft: {written}").flag("draft", default=True) is value


@pytest.mark.parametrize("written", ["peut-être", "1", "[true]", "2023-01-01"])
def test_a_flag_that_is_neither_is_refused(written: str) -> None:
    with pytest.raises(ContentError):
        document(f"draft: {written}").flag("draft", default=True)
