"""Tables of TOML as frozen objects: what they may say is declared once, and every mistake knows its keys."""

from pathlib import Path
from typing import Any, Literal

import pytest

from newsletter.i18n import speaking
from newsletter.typed_table import REQUIRED, Mistake, Secret, Table, entry


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("odd")
    return number


class Shelf(Table):
    label: str = entry(REQUIRED, longest=8)
    from_: str = entry("", name="from")
    books: int = entry(0, ge=0, le=100, check=_even)
    weight: float = entry(1, gt=0)
    dusty: bool = entry(False)
    wood: Literal["oak", "elm"] = entry("oak")
    place: Path | None = entry(None)
    code: Secret = entry(Secret(""))

    def check(self) -> None:
        if self.dusty and not self.books:
            raise ValueError("dust lies on books")


class Room(Table):
    shelves: dict[str, Shelf] = entry({})
    names: tuple[str, ...] = entry(())
    paint: dict[str, str | dict[str, str]] = entry({})
    anything: Any = entry(None)


class Strict(Table):
    strict = True
    books: int = entry(0)
    dusty: bool = entry(False)


def mistake(table: object, kind: type[Table] = Room) -> Mistake:
    with speaking("en"), pytest.raises(Mistake) as caught:
        kind.read(table)
    return caught.value


def test_values_get_the_types_that_were_declared() -> None:
    shelf = Shelf.read({"label": "A", "from": "x", "books": 4, "weight": 2, "place": "a/b", "code": "sésame"})
    assert shelf == Shelf(label="A", from_="x", books=4, weight=2.0, place=Path("a/b"), code=Secret("sésame"))
    assert isinstance(shelf.weight, float)


def test_nothing_said_is_the_default_of_each() -> None:
    one, other = Room.read({}), Room.read({})
    assert (one.shelves, one.names, one.paint) == ({}, (), {})
    assert one.shelves is not other.shelves


def test_a_variable_says_numbers_and_yes_in_letters() -> None:
    shelf = Shelf.read({"label": "A", "books": "12", "dusty": "yes", "weight": "2.5"})
    assert (shelf.books, shelf.dusty, shelf.weight) == (12, True, 2.5)


@pytest.mark.parametrize(("table", "words"), [({"books": "12"}, "whole number"), ({"dusty": "yes"}, "true or false")])
def test_a_strict_table_takes_no_letters_for_a_number(table: dict[str, object], words: str) -> None:
    assert words in mistake(table, Strict).reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"books": True}, "write a whole number"),
        ({"books": 1.5}, "write a whole number"),
        ({"books": "many"}, "write a whole number"),
        ({"books": 3}, "odd"),
        ({"books": -2}, "write 0 or more"),
        ({"books": 102}, "write 100 or less"),
        ({"weight": 0}, "write more than 0"),
        ({"weight": "inf"}, "write a number"),
        ({"weight": True}, "write a number"),
        ({"dusty": 3}, "write true or false"),
        ({"wood": "ash"}, "write one of: 'oak', 'elm'"),
        ({"wood": ["oak"]}, "write one of: 'oak', 'elm'"),
        ({"place": 4}, "write a path between quotes"),
        ({"code": 4}, "write a text between quotes"),
        ({"label": 4}, "write a text between quotes"),
        ({"label": "too long a word"}, "write 8 characters or less"),
    ],
)
def test_a_mistake_says_how_to_mend_it_and_its_keys(said: dict[str, object], reason: str) -> None:
    found = mistake({"shelves": {"left": {"label": "A", **said}}})
    assert found.reason == reason
    assert found.keys == ("shelves", "left", next(iter(said)))


def test_a_missing_key_and_what_does_not_go_together_are_mistakes_of_their_table() -> None:
    assert mistake({"shelves": {"left": {}}}).keys == ("shelves", "left", "label")
    assert mistake({"shelves": {"left": {"label": "A", "dusty": True}}}).keys == ("shelves", "left")


def test_an_unknown_key_comes_first_and_with_the_known_ones() -> None:
    found = mistake({"shelves": {"left": {"lable": "A"}}})
    assert found.keys == ("shelves", "left", "lable")
    assert "label" in (found.known or ())


@pytest.mark.parametrize(
    "table",
    [{"shelves": 4}, {"shelves": {"left": 4}}, {"names": "one"}, {"names": ["one", 2]}, {"paint": {"a": {"b": 1}}}],
)
def test_what_is_no_table_and_no_list_is_refused(table: dict[str, object]) -> None:
    assert mistake(table).reason.startswith("write a t") or mistake(table).reason == "write a list between [ and ]"


def test_a_secret_is_never_printed() -> None:
    shelf = Shelf(label="A", code=Secret("sésame"))
    assert "sésame" not in f"{shelf} {shelf!r} {shelf.code}"
    assert shelf.code.get_secret_value() == "sésame"


def test_a_table_is_frozen_compared_by_its_values_and_never_shared() -> None:
    one, other = Shelf(label="A", books=2), Shelf(label="A", books=2)
    assert (one, hash(one)) == (other, hash(other))
    assert one != one.changed(books=4) == Shelf(label="A", books=4)
    with pytest.raises(AttributeError):
        one.books = 4  # type: ignore[misc]
    with pytest.raises(TypeError):
        Shelf(label="A", boks=2)  # type: ignore[call-arg]


def test_a_table_inherits_entries_and_holds_others() -> None:
    class Long(Shelf):
        metres: int = entry(2)

    class House(Table):
        long: Long = entry(Long)
        room: Room = entry(Room)

    with pytest.raises(Mistake):
        House()
    house = House.read({"long": {"label": "A", "metres": 3}})
    assert (house.long.metres, house.long.books, house.room) == (3, 0, Room())
