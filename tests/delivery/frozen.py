"""A frozen corpus: letters as they leave, byte by byte.

`python -m tests.delivery.frozen` writes the files again, when the form of a message changes on purpose.
"""

import hashlib
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from newsletter.delivery.dkim import LetterSigner, SigningKey
from newsletter.delivery.message import Identity
from newsletter.model import Reader, RenderedMail
from tests.delivery.letters import (
    HTML,
    IDENTITY,
    TEXT,
    UNSUBSCRIBE,
    WEB,
    make_illustrated,
    make_mail,
    make_message,
    make_reader,
)

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


#: One word is a letter, too; and a line may have no place where it could be broken.
BODIES = {
    "one-word": (
        f"Bonjour\n{UNSUBSCRIBE.token}\n",
        f'<html lang="fr"><p>Bonjour <a href="{UNSUBSCRIBE.token}">Stop</a></p>',
    ),
    "unbroken": (TEXT + "x" * 3_000 + "\n", HTML.replace("</body>", f"<p>{'é' * 3_000}</p></body>")),
    "two-encodings": (TEXT, HTML.replace("</body>", f"<p>{'Привет, мир. ' * 200}</p></body>")),
}
#: Header fields that must be folded, and a domain beyond ASCII.
IDENTITIES = {
    "long-names": {
        "from_": '"Coopératrices, coopérateurs et ami·es de la revue Imagine demain le monde" <lettre@imagine.example>',
        "list_title": "Cooperateurs et cooperatrices, et toutes leurs amies",
        "list_id": "amis-de-la-revue",
    },
    "idn-sender": {"from_": "L’Élan <lettre@xn--lan-9la.example>", "return_path": "retour@xn--lan-9la.example"},
}
#: Letters as the three layouts made them one day, their links still open.
LAYOUTS = ("launch", "monthly", "appeal")


def letters() -> dict[str, bytes]:
    """Every letter of the corpus, made now."""
    made = {name: make_message(reader) for name, reader in READERS.items()}
    made |= {name: make_message(mail=make_mail(subject=subject)) for name, subject in SUBJECTS.items()}
    for name, words in TEXTS.items():
        html = HTML.replace("</body>", f"<p>{words}</p></body>")
        made[name] = make_message(mail=make_mail(text=TEXT + words, html=html))
    made |= {name: make_message(mail=make_mail(text=text, html=html)) for name, (text, html) in BODIES.items()}
    for name, others in IDENTITIES.items():
        made[name] = make_message(identity=Identity.make(**({"from_": IDENTITY.from_, "list_id": "members"} | others)))
    made |= {name: make_message(mail=_laid_out(name)) for name in LAYOUTS}
    made["picture"] = make_message(mail=make_illustrated())
    made["everybody"] = make_message(
        make_reader(11), mail=replace(make_mail(), variant="all", fields=(UNSUBSCRIBE, WEB))
    )
    made["signed"] = make_message(seal=_seal)
    return made


def _laid_out(layout: str) -> RenderedMail:
    html, text = ((FOLDER / "layouts" / f"{layout}.{end}").read_text(encoding="utf-8") for end in ("html", "txt"))
    return make_mail(html=html, text=text)


#: ed25519, whose signatures are the same each time.
_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = SigningKey(
    domain="imagine.example",
    selector="lettre",
    algorithm="ed25519-sha256",
    public=b64encode(_PRIVATE.public_key().public_bytes_raw()).decode(),
    sign=lambda data: _PRIVATE.sign(hashlib.sha256(data).digest()),  # RFC 8463 §3
)


def _seal(fixed: bytes, constant_body: bytes) -> LetterSigner:
    return LetterSigner([KEY], fixed=fixed, constant_body=constant_body)


if __name__ == "__main__":
    for name, raw in letters().items():
        (FOLDER / f"{name}.eml").write_bytes(raw)
