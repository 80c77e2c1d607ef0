import pytest

from newsletter.delivery.revisions import compare_texts, compare_words


def _said(text: str, other: str) -> list[tuple[str, str]]:
    return [(words.kind, words.text) for words in compare_words(text, other)]


def test_a_word_that_changed_is_struck_and_its_successor_underlined() -> None:
    assert _said("sept journalistes ont suivi", "huit journalistes ont suivi") == [
        ("gone", "sept"),
        ("come", "huit"),
        ("same", "journalistes ont suivi"),
    ]


def test_the_same_words_on_other_lines_are_no_revision() -> None:
    assert compare_texts("Trois mois durant,\nhuit journalistes.\n", "Trois mois\ndurant, huit journalistes.\n") == ()


def test_only_the_paragraphs_that_differ_are_told() -> None:
    passages = compare_texts("Un.\n\nDeux.\n\nTrois.", "Un.\n\nDeux fois.\n\nTrois.\n\nQuatre.")
    assert [[(words.kind, words.text) for words in passage] for passage in passages] == [
        [("gone", "Deux."), ("come", "Deux fois.")],
        [("come", "Quatre.")],
    ]


def test_a_removed_paragraph_is_struck_whole() -> None:
    (passage,) = compare_texts("Un.\n\nDeux.", "Un.")
    assert [(words.kind, words.text) for words in passage] == [("gone", "Deux.")]


def test_a_long_stretch_that_stayed_keeps_only_what_surrounds_the_change() -> None:
    stayed = " ".join(f"mot{number}" for number in range(100))
    (first, last) = compare_words(stayed, f"{stayed} fin")
    assert first.text.split() == ["…", *(f"mot{number}" for number in range(92, 100))]
    assert (last.kind, last.text) == ("come", "fin")


@pytest.mark.parametrize(("before", "now"), [("", ""), ("", "Un."), ("Un.", ""), ("mot " * 5000, "autre " * 5000)])
def test_every_word_is_told_once(before: str, now: str) -> None:
    told = [words for passage in compare_texts(before, now) for words in passage]
    assert " ".join(words.text for words in told if words.kind == "gone").split() == before.split()
    assert " ".join(words.text for words in told if words.kind == "come").split() == now.split()


def test_a_rule_that_follows_the_length_of_a_title_is_no_revision() -> None:
    (passage,) = compare_texts("Rivières\n--------\n\nUn.", "Les rivières\n------------\n\nUn.")
    assert " ".join(words.text for words in passage if words.kind == "come") == "Les rivières"
