from newsletter.web.studio.side_by_side import compare_mails


def _page(body: str) -> str:
    return f"<html><head><title>Sept</title></head><body>{body}</body></html>"


def _bodies(before: str, now: str) -> tuple[str, str]:
    found = compare_mails(_page(before), _page(now))
    return _body(found.show("before")), _body(found.show("now"))


def _body(html: str) -> str:
    return html.partition("<body>")[2].removesuffix("</body></html>")


def test_words_that_differ_are_struck_before_and_underlined_now() -> None:
    before, now = _bodies("<p>Trois mois durant, sept journalistes</p>", "<p>Trois mois durant, huit journalistes</p>")
    assert before == '<p>Trois mois durant, <del class="nl-gone">sept</del> journalistes</p>'
    assert now == '<p>Trois mois durant, <ins class="nl-come">huit</ins> journalistes</p>'


def test_words_in_a_row_are_one_mark_that_never_crosses_a_tag() -> None:
    _before, now = _bodies("<p>Un</p>", "<p>Un</p><p>deux&nbsp;ou <b>trois</b> mots</p>")
    marked = [f'<ins class="nl-come">{words}</ins>' for words in ("deux&nbsp;ou", "trois", "mots")]
    assert now == f"<p>Un</p><p>{marked[0]} <b>{marked[1]}</b> {marked[2]}</p>"


def test_another_picture_and_another_target_are_outlined() -> None:
    before, now = _bodies(
        '<img alt="" src="a.jpg"><a href="/un">Lire</a><a href="/deux">ici</a>',
        '<img alt="" src="b.jpg"><a href="/un">Lire</a><a href="/trois">ici</a>',
    )
    assert (
        before == '<img data-nl="gone" alt="" src="a.jpg"><a href="/un">Lire</a><a data-nl="gone" href="/deux">ici</a>'
    )
    assert now == '<img data-nl="come" alt="" src="b.jpg"><a href="/un">Lire</a><a data-nl="come" href="/trois">ici</a>'


def test_what_no_reader_sees_is_neither_compared_nor_marked() -> None:
    before, now = _bodies(
        "<!--[if mso]><p>Un</p><![endif]--><p>Un</p>", "<!--[if mso]><p>Deux</p><![endif]--><p>Un</p>"
    )
    assert "nl-" not in before + now


def test_a_letter_written_anew_is_marked_whole() -> None:
    words = [f"<p>{' '.join(f'{letter}{number}' for number in range(700))}</p>" for letter in "ab"]
    before, now = _bodies(*words)
    assert before == f'<p><del class="nl-gone">{words[0][3:-4]}</del></p>'
    assert now == f'<p><ins class="nl-come">{words[1][3:-4]}</ins></p>'


def test_the_same_mail_has_no_mark() -> None:
    before, now = _bodies("<p>Un &amp; deux</p>", "<p>Un\n&amp; deux</p>")
    assert "nl-" not in before + now


def test_the_chosen_place_is_outlined_on_both_sides() -> None:
    found = compare_mails(_page("<p>Un</p><p>et</p><p>deux</p>"), _page("<p>Une</p><p>et</p><p>trois</p>"))
    assert len(found.places) == 2
    assert _body(found.show("before", chosen=2)).endswith('<p><del class="nl-gone" id="nl-block">deux</del></p>')
    assert _body(found.show("now", chosen=1)).startswith('<p><ins class="nl-come" id="nl-block">Une</ins></p>')
