"""A received message taken apart for the rehearsal page: what its reader would see, and the bytes as they came."""

import base64
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

_PICTURES = ("image/png", "image/jpeg", "image/gif")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One received message."""

    subject: str
    sender: str
    recipient: str
    #: None when the message has no such part.
    html: str | None
    text: str | None
    #: Headers as they came, long lines folded.
    headers: str
    #: Bytes of the whole message.
    size: int


def read_letter(raw: bytes) -> Letter:
    """Parse a message (RFC 5322); what cannot be decoded is shown with replacement characters, never refused."""
    message = message_from_bytes(raw, policy=policy.default)
    head = raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
    return Letter(
        subject=str(message.get("Subject", "")),
        sender=str(message.get("From", "")),
        recipient=str(message.get("To", "")),
        html=_with_pictures(_part(message, "html"), message),
        text=_part(message, "plain"),
        headers=head.decode("utf-8", "replace"),
        size=len(raw),
    )


def _with_pictures(html: str | None, message: EmailMessage) -> str | None:
    """The pictures that travel in the message, where the HTML names them by their Content-ID."""
    for part in message.walk() if html else ():
        name, content = str(part.get("Content-ID", "")).strip(" <>"), part.get_payload(decode=True)
        if html and name and part.get_content_type() in _PICTURES and isinstance(content, bytes):
            address = f"data:{part.get_content_type()};base64,{base64.b64encode(content).decode()}"
            html = html.replace(f"cid:{name}", address)
    return html


def _part(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body((kind,))
    if body is None:
        return None
    payload = body.get_payload(decode=True)
    charset = body.get_content_charset("utf-8")
    try:
        return payload.decode(charset, "replace") if isinstance(payload, bytes) else None
    except LookupError:
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else None
