"""The word of one build, and its stand-in until the mail is whole."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.editorial.nonce import STAND_IN, Nonce


def test_the_same_sources_give_the_same_word() -> None:
    assert Nonce(["one"]).word == Nonce(["one"]).word
    assert Nonce(["one"]).word != Nonce(["two"]).word
    assert Nonce(["one", "two"]).word != Nonce(["onetwo"]).word


@given(st.lists(st.text()))
def test_no_source_contains_the_word(sources: list[str]) -> None:
    word = Nonce(sources).word
    assert not any(word in source for source in sources)


def test_the_word_takes_the_place_of_the_stand_in_and_is_as_long() -> None:
    nonce = Nonce(["source"])
    assert nonce.show(f"nl{STAND_IN}0001z") == f"nl{nonce.word}0001z"
    assert len(nonce.word) == len(STAND_IN)
