"""The interpreter is judged by what it does, and we by what we do."""

from newsletter.delivery.checkup import interpreter
from newsletter.delivery.checkup.interpreter import check_interpreter


def test_our_own_writer_passes_on_this_interpreter():
    assert check_interpreter().level == "ok"


def test_a_writer_that_lets_a_header_through_is_found(monkeypatch):
    def careless(name: str, value: str) -> bytes:
        return f"{name}: x\r\nBcc: v@x.test\r\n".encode()

    monkeypatch.setattr(interpreter, "text_header", careless)
    assert check_interpreter().level == "error"


def test_the_holes_of_an_interpreter_are_named_when_tried(monkeypatch):
    monkeypatch.setattr(interpreter, "_written", lambda name, value: b"To: x\r\nBcc: v@x.test\r\n\r\n")
    found = check_interpreter()
    assert found.level == "ok"
    assert "a name adds a header" in found.message
