"""Tokens for one build, and their stand-in while something is remembered."""

from newsletter.editorial.nonce import Nonce


def test_builds_that_differ_elsewhere_ask_alike_and_get_their_own_tokens() -> None:
    asked = []

    def shout(text: str, more: str) -> str:
        asked.append(text)
        return f"{text}{more}"

    first, second = Nonce(["one"]), Nonce(["two"])
    assert first.through(shout, f"nl{first.word}0001z", "!") == f"nl{first.word}0001z!"
    assert second.through(shout, f"nl{second.word}0001z", "!") == f"nl{second.word}0001z!"
    assert asked[0] == asked[1]
    assert first.word not in asked[0]


def test_what_is_hidden_is_shown_again() -> None:
    nonce = Nonce(["source"])
    assert nonce.show(nonce.hide(f"a{nonce.word}b")) == f"a{nonce.word}b"
