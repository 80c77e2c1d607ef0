"""A frozen corpus: letters as they leave, byte by byte.

`python -m tests.delivery.frozen` writes the files again, when the form of a message changes on purpose.
"""

from pathlib import Path

from newsletter.model import Reader
from tests.delivery.letters import HTML, TEXT, make_illustrated, make_mail, make_message, make_reader

FOLDER = Path(__file__).parent / "corpus"

#: What people are called who mean no harm, and who do.
READERS: dict[str, Reader] = {
    "plain": make_reader(first_name="Hélène", last_name="Durand"),
    "nameless": make_reader(2),
    "injection": make_reader(3, first_name="=?utf-8?q?x=0D=0ABcc:_v@x.test?=", last_name="a\r\nBcc: v@x.test"),
    "markup": make_reader(4, first_name="<mj-raw>{{7*7}}</mj-raw>", last_name="& fils"),
    "dots": make_reader(5, first_name=".", last_name="From "),
    "right-to-left": make_reader(6, first_name="\u202eevE", last_name="עדה"),
    "emoji": make_reader(7, first_name="👩‍👩‍👧 Ada", last_name="e\u0301te\u0301"),
    "endless": make_reader(8, first_name="x" * 5_000, last_name="é" * 5_000),
    "quotes": make_reader(9, first_name='Ada "la" Comtesse', last_name="O’Hara, fille\\"),
    "odd-address": make_reader(10, email="o'hara+lettre=157@xn--lan-9la.example", first_name="Ève"),
}
SUBJECTS = {
    "subject-long": "Un sujet qui ne finit pas, " * 12,
    "subject-encoded": "=?utf-8?q?Bonjour?=",
    "subject-controls": "Numéro\r\nBcc: v@x.test\u2028157\u0085",
    "subject-ascii": "Issue 157",
    "subject-emoji": "L’automne 🍂 " * 6,
}
TEXTS = {
    "cyrillic": "Привет, мир. " * 60,
    "greek": "Καλημέρα κόσμε. " * 60,
    "dotted": ".\n..\n.\r\n",
    "equals": "a=b=c " * 60,
}


def letters() -> dict[str, bytes]:
    """Every letter of the corpus, made now."""
    made = {name: make_message(reader) for name, reader in READERS.items()}
    made |= {name: make_message(mail=make_mail(subject=subject)) for name, subject in SUBJECTS.items()}
    for name, words in TEXTS.items():
        html = HTML.replace("</body>", f"<p>{words}</p></body>")
        made[name] = make_message(mail=make_mail(text=TEXT + words, html=html))
    made["picture"] = make_message(mail=make_illustrated())
    return made


if __name__ == "__main__":
    for name, raw in letters().items():
        (FOLDER / f"{name}.eml").write_bytes(raw)
