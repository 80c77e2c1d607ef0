"""A letter, its sender and its readers, for the measurements of the mailroom."""

from newsletter.audience.tokens import make_unsubscribe_token
from newsletter.delivery.message import Identity
from newsletter.delivery.personalize import Pages
from newsletter.delivery.quoted_printable import encode_literal
from newsletter.model import MergeField, Reader, RenderedMail

FIELDS = (
    MergeField(token="nlb7f3k0e9x0001z", name="first_name", fallback="", prefix=" "),
    MergeField(token="nlb7f3k0e9x0002z", name="unsubscribe_url"),
    MergeField(token="nlb7f3k0e9x0003z", name="web_url"),
)
IDENTITY = Identity.make(
    from_="Imagine <lettre@imagine.example>",
    reply_to="redaction@imagine.example",
    list_id="members",
    list_title="Imagine",
    return_path="bounce@imagine.example",
    unsubscribe_mailto="stop@imagine.example",
)
SECRET = b"benchmark"
PAGES = Pages(
    web="https://lettre.imagine.example/v/12.c1mZ4sT9wYb6NfR3aLgUd5", leave="https://lettre.imagine.example/u/"
)
NAMES = ("Hélène", "Jean-Marc", "Ada", "Zoë", "Łukasz", "Marie-Thérèse")


def make_mail(kilobytes: int) -> RenderedMail:
    """A letter in French whose message weighs about this much, four fields in the HTML and three in the text.

    One octet in eleven of its words is beyond ASCII, a little more than in the texts of the three layouts.
    """
    name, unsubscribe, web = (field.token for field in FIELDS)
    words = "Dans le bois près de Fougères, les chênes ont perdu leurs feuilles plus tard que l’an dernier."
    paragraph, text = f'<p style="margin:0;font-size:16px">{words}</p>\n', f"{words}\n"
    ends = (
        f'<p><a href="{unsubscribe}">Se désinscrire</a> ou <a href="{unsubscribe}">tout quitter</a></p></body></html>\n'
    )
    html = f'<html lang="fr"><body><p><a href="{web}">Voir en ligne</a></p><p>Bonjour{name},</p>\n'
    return RenderedMail(
        issue="2023-10-11-numero-157",
        variant="members",
        language="fr",
        subject="Imagine no 157 : l’automne des communs",
        preheader="",
        html=html + paragraph * _times(paragraph, kilobytes * 900) + ends,
        text=f"Bonjour{name},\n{web}\n" + text * _times(text, kilobytes * 100) + f"\n{unsubscribe}\n",
        fields=FIELDS,
        sha256="0" * 64,
    )


def _times(line: str, octets: int) -> int:
    """How many lines weigh so much on the wire."""
    return octets // len(encode_literal(line, hole_follows=False))


def token_of(reader: Reader) -> str:
    """What ends the address where this reader leaves."""
    return make_unsubscribe_token(SECRET, reader.subscription)


def values_of(reader: Reader) -> dict[str, str]:
    """What the fields of the letter say to this reader."""
    return {**reader.fields, "unsubscribe_url": PAGES.leave + token_of(reader), "web_url": PAGES.web}


def make_readers(count: int) -> list[Reader]:
    """Readers with French first names, and nothing else in common."""
    return [
        Reader(
            delivery=n,
            subscriber=n,
            subscription=n,
            email=f"reader{n}@example.org",
            fields={"first_name": NAMES[n % len(NAMES)], "last_name": f"Durand {n}"},
        )
        for n in range(1, count + 1)
    ]
