"""Undo and redo of an issue's file, past a restart, and never over somebody else's words."""

from pathlib import Path

import pytest

from newsletter.editorial.history import LIMIT, History
from newsletter.errors import RefusedError


def test_one_goes_back_and_forth_past_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "history" / "numero-157.json"
    History(file).record(b"one", b"two")
    History(file).record(b"two", "trois, été".encode())
    history = History(file)
    assert history.reach("trois, été".encode()) == (True, False)
    assert history.step("trois, été".encode(), -1) == b"two"
    history.arrive("trois, été".encode(), -1)
    assert history.reach(b"two") == (True, True)
    assert history.step(b"two", -1) == b"one"
    history.arrive(b"two", -1)
    assert history.reach(b"one") == (False, True)
    assert history.step(b"one", 1) == b"two"


def test_a_new_change_forgets_what_was_undone(tmp_path: Path) -> None:
    history = History(tmp_path / "h.json")
    history.record(b"one", b"two")
    history.arrive(b"two", -1)
    history.record(b"one", b"three")
    assert history.reach(b"three") == (True, False)
    assert history.step(b"three", -1) == b"one"


def test_what_changed_elsewhere_is_never_undone(tmp_path: Path) -> None:
    history = History(tmp_path / "h.json")
    history.record(b"one", b"two")
    assert history.reach(b"by another hand") == (False, False)
    with pytest.raises(RefusedError):
        history.step(b"by another hand", -1)
    history.record(b"by another hand", b"three")
    assert history.step(b"three", -1) == b"by another hand"
    history.arrive(b"three", -1)
    with pytest.raises(RefusedError):
        history.step(b"by another hand", -1)


def test_a_crash_between_the_issue_and_its_history_loses_no_step(tmp_path: Path) -> None:
    history = History(tmp_path / "h.json")
    history.record(b"one", b"two")
    assert history.step(b"two", -1) == b"one"  # the issue is written, `arrive` never ran
    assert history.reach(b"one") == (False, True)
    assert history.step(b"one", 1) == b"two"


def test_the_history_is_bounded(tmp_path: Path) -> None:
    history = History(tmp_path / "h.json")
    for number in range(LIMIT + 20):
        history.record(b"%d" % number, b"%d" % (number + 1))
    current, steps = b"%d" % (LIMIT + 20), 0
    while history.reach(current)[0]:
        before = history.step(current, -1)
        history.arrive(current, -1)
        current, steps = before, steps + 1
    assert steps == LIMIT - 1


@pytest.mark.parametrize("spoilt", ["", "[]", '{"place": 3, "versions": ["a"]}', '{"place": "x"}'])
def test_a_spoilt_history_is_none(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / "h.json").write_text(spoilt)
    history = History(tmp_path / "h.json")
    assert history.reach(b"a") == (False, False)
    history.record(b"a", b"b")
    assert history.step(b"b", -1) == b"a"
