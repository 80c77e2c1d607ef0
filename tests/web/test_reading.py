from newsletter.web.studio.reading import Part, read_mail
from tests.web.paper import PaperBlock

LETTER = """<!DOCTYPE html><html><head><title>Titre</title><style>p{}</style></head><body>
<div style="display: none">Pré-en-tête &#8204;</div><!--[if mso]><p>Outlook</p><![endif]-->
<table role="presentation"><tr><td><h2>Les <em>rivières</em></h2></td></tr></table>
<p>Lisez <a href="https://example.org/1">la <b>suite</b></a>, dit-on.<img src="a.png" alt=""></p>
<a href="https://example.org/2"><img src="b.png" alt="Un méandre" width="600"></a>
<ul><li>un</li><li>deux</li></ul><img src="c.png"><p aria-hidden="true">non</p>
</body></html>"""


def test_a_mail_is_said_in_order_and_hidden_words_are_not() -> None:
    said = [(one.role, [(part.kind, part.words) for part in one.parts]) for one in read_mail(LETTER).utterances]
    assert said == [
        ("heading", [("text", "Les rivières")]),
        ("text", [("text", "Lisez "), ("link", "la suite"), ("text", ", dit-on.")]),
        ("text", [("link", "Un méandre")]),
        ("list", []),
        ("item", [("text", "un")]),
        ("item", [("text", "deux")]),
        ("text", [("picture", "")]),
    ]


def test_words_in_bold_stay_apart_from_their_neighbours_and_a_word_half_in_bold_stays_one() -> None:
    said = read_mail("<body><p>\n Restés <b>au bord</b> <i>de l’eau</i>, <u>sou</u>lagés\u202f? </p></body>").utterances
    assert [part.words for part in said[0].parts] == ["Restés au bord de l’eau, soulagés\u202f?"]


def test_links_say_their_words_their_target_and_their_block() -> None:
    html = '<html><head></head><body><p><a href="https://example.org/">Lire</a></p><a href="#">x</a></body></html>'
    links = read_mail(html, [PaperBlock(3, 4, 8, 0)]).links
    assert [(link.words, link.target, link.block) for link in links] == [
        ("Lire", "https://example.org/", 3),
        ("x", "#", None),
    ]


def test_a_label_is_said_in_place_of_a_link_s_words() -> None:
    said = read_mail('<body><a href="/" aria-label="Lire : Éteindre">Lire la suite</a></body>').utterances
    assert said[0].parts == [Part("link", "Lire : Éteindre")]


def test_pictures_say_whether_somebody_described_them() -> None:
    assert [picture.alt for picture in read_mail(LETTER).pictures] == ["", "Un méandre", None]


def test_nothing_reads_as_nothing() -> None:
    assert read_mail("").utterances == []
