"""A letter, its sender and its readers, for the mailroom's tests."""

import base64
import hashlib
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.delivery.message import Identity
from newsletter.delivery.personalize import CompiledMail, Pages, compile_mail
from newsletter.model import InlinePicture, MergeField, Reader, RenderedMail

IDENTITY = Identity.make(
    from_="Imagine <lettre@imagine.example>",
    reply_to="La rédaction <redaction@imagine.example>",
    list_id="members",
    list_title="Coopérateurs et coopératrices",
    return_path="bounce@imagine.example",
    unsubscribe_mailto="stop@imagine.example",
)
DATE = datetime(2023, 10, 11, 9, 30, tzinfo=ZoneInfo("Europe/Brussels"))
SECRET = b"a secret of the tests"
NAME = MergeField(token="nlq7f3k0e9x0001z", name="first_name", prefix=" ")
UNSUBSCRIBE = MergeField(token="nlq7f3k0e9x0002z", name="unsubscribe_url")
WEB_URL = "https://lettre.imagine.example/v/1.abc"
LEAVE_URL = "https://lettre.imagine.example/u/"
WEB = MergeField(token="nlq7f3k0e9x0003z", name="web_url")
GREETING = MergeField(token="nlq7f3k0e9x0004z", name="first_name", fallback="Chère lectrice, cher lecteur")

HTML = f"""<!doctype html>
<html lang="fr"><head><title>No 157</title></head><body>
<p><a href="{WEB.token}">Voir en ligne</a></p>
<p>Bonjour{NAME.token},</p>
<img src="https://www.imagine.example/uploads/fougeres.jpg" alt="Des fougères" width="600">
<p>{GREETING.token} : la forêt = l’avenir.   {"Un très long paragraphe sans fin de ligne. " * 40}</p>
<p><a href="{UNSUBSCRIBE.token}">Se désinscrire</a></p>
</body></html>
"""
TEXT = f"""Bonjour{NAME.token},
.
.un point au début
From here on, une ligne à garder
{WEB.token}
{GREETING.token}
Se désinscrire : {UNSUBSCRIBE.token}
"""


def make_mail(*, subject: str = "No 157 : l’automne", html: str = HTML, text: str = TEXT) -> RenderedMail:
    """A letter with four merge fields."""
    return RenderedMail(
        issue="2023-10-11-numero-157",
        variant="members",
        language="fr",
        subject=subject,
        preheader="",
        html=html,
        text=text,
        fields=(NAME, UNSUBSCRIBE, WEB, GREETING),
        sha256=hashlib.sha256(f"{subject}{html}{text}".encode()).hexdigest(),
    )


def make_reader(number: int = 1, *, email: str = "ada@example.org", **fields: str) -> Reader:
    """A reader with these fields."""
    return Reader(delivery=number, subscriber=number, subscription=number, email=email, fields=fields)


#: What `compile_mail` is told of every letter here.
SHARED: dict[str, Any] = {
    "identity": IDENTITY,
    "date": DATE,
    "secret": SECRET,
    "pages": Pages(web=WEB_URL, leave=LEAVE_URL),
}


def make_compiled(
    mail: RenderedMail | None = None, *, mailing_key: str = "2023-10-11-numero-157/1", **other: Any
) -> CompiledMail:
    """The letter, compiled for a mailing; `other` is what differs from `SHARED`."""
    return compile_mail(mail or make_mail(), mailing_key=mailing_key, **(SHARED | other))


def token_of(number: int = 1) -> str:
    """What ends the address where a reader leaves."""
    return f"token-of-{number}-end"


def make_message(reader: Reader | None = None, *, mail: RenderedMail | None = None, **other: Any) -> bytes:
    """One whole message."""
    reader = reader or make_reader(first_name="Hélène", last_name="Durand")
    return b"".join(make_compiled(mail, **other).message(reader, token=token_of(reader.delivery)))


def parse(raw: bytes) -> EmailMessage:
    """As a mail program reads it."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def parts(raw: bytes) -> tuple[str, str]:
    """Text and HTML, decoded, their line ends as LF."""
    text, html = (part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in parse(raw).iter_parts())
    return text, html


def make_picture(content: bytes = b"a picture" * 40) -> InlinePicture:
    """A picture that travels in the message, and is no picture at all: nobody opens it here."""
    digest = hashlib.sha256(content).hexdigest()
    encoded = base64.b64encode(content).decode()
    return InlinePicture(cid=f"{digest[:32]}@inline", type="image/png", name="logo.png", base64=encoded)


def make_illustrated() -> RenderedMail:
    """The letter, with a picture in it."""
    picture = make_picture()
    html = HTML.replace("<p>", f'<p><img src="cid:{picture.cid}" alt="Imagine" width="200"></p><p>', 1)
    return replace(make_mail(html=html), pictures=(picture,))
