"""DKIM signatures (RFC 6376, RFC 8463): a letter's own domain vouches for every copy, byte for byte.

The bodies of one letter begin alike: that beginning is hashed once, and each copy goes on from there, so that signing
costs little more than the key's own arithmetic. Header fields are signed in their relaxed form, the body as it is
("simple"): our bodies are 7-bit, end in exactly one CRLF, and no relay has a reason to rewrite one.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

#: Signed when they are there (RFC 6376 §5.4.1; RFC 8058 §4 asks for the two of unsubscribing).
SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    *("content-transfer-encoding", "list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
)
#: Named once more than they occur, so that a field of that name added on the way breaks the signature (§8.15).
SEALED = frozenset(SIGNED) - {"content-transfer-encoding", "list-id", "feedback-id"}

_LINE = 78
_UNFOLDED = re.compile(rb"\r\n(?=[ \t])")
_BLANKS = re.compile(rb"[ \t]+")


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A private key, and where its public half stands: `selector._domainkey.domain`."""

    domain: str
    selector: str
    #: `rsa-sha256` or `ed25519-sha256`.
    algorithm: str
    #: The public half in base64, as the DNS shows it.
    public: str
    #: What is signed → the raw signature.
    sign: Callable[[bytes], bytes] = field(repr=False)

    @property
    def record_name(self) -> str:
        """Where the DNS shows the public half (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record that stands there (RFC 6376 §3.6.1)."""
        return f"v=DKIM1; k={self.algorithm.partition('-')[0]}; p={self.public}"


class LetterSigner:
    """Signs the copies of one letter with every key. Safe to share between threads: nothing in it changes."""

    def __init__(self, keys: Sequence[SigningKey], *, fixed: bytes, constant_body: bytes) -> None:
        """`fixed` are the raw header fields that all copies share, `constant_body` what all bodies begin with."""
        self._keys = keys
        self._fixed = relaxed_fields(fixed)
        self._body = hashlib.sha256(constant_body)

    def sign(self, own: bytes, rest: Sequence[bytes]) -> bytes:
        """One DKIM-Signature field a key, each ended by CRLF, to stand in front of the message.

        `own` are the raw header fields of this copy alone, `rest` the pieces of its body after the constant part;
        the whole body ends in exactly one CRLF.
        """
        body = self._body.copy()
        for piece in rest:
            body.update(piece)
        body_hash = b64encode(body.digest())
        fields = {**self._fixed, **relaxed_fields(own)}
        names = tuple([name for name in SIGNED if name in fields])
        signed = b"".join([fields[name] for name in names])
        return b"".join([_signature(key, names=names, signed=signed, body_hash=body_hash) for key in self._keys])


def relaxed_fields(raw: bytes) -> dict[str, bytes]:
    """Name in small letters → the field in its relaxed form with its line end (RFC 6376 §3.4.2), each name once."""
    fields = {}
    for line in _UNFOLDED.sub(b"", raw).split(b"\r\n")[:-1]:
        name, _colon, value = line.partition(b":")
        name = name.strip().lower()
        fields[name.decode("ascii")] = name + b":" + _BLANKS.sub(b" ", value).strip() + b"\r\n"
    return fields


def _signature(key: SigningKey, *, names: tuple[str, ...], signed: bytes, body_hash: bytes) -> bytes:
    """The whole field: signed with an empty `b=`, its last tag, which is then filled in (§3.7)."""
    opening, form = _opening(key, names)
    value = b64encode(key.sign(signed + form + body_hash + b"; b="))
    return opening + body_hash + b";\r\n b=" + _folded_value(value) + b"\r\n"


@lru_cache(maxsize=64)
def _opening(key: SigningKey, names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """The field up to `bh=`, folded; and the same in its relaxed form."""
    opening = (
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/simple;\r\n d={key.domain};\r\n s={key.selector};\r\n"
        f"{_folded_names([*names, *(name for name in SIGNED if name in SEALED)])};\r\n bh="
    ).encode("ascii")
    return opening, relaxed_fields(opening + b"\r\n")["dkim-signature"].removesuffix(b"\r\n")


def _folded_names(names: Sequence[str]) -> str:
    """` h=from:to:subject:…`, folded after colons so that no line is longer than 78, the `;` after it included."""
    rows, row = [], " h="
    for name in names:
        if len(row) + len(name) + 1 > _LINE:
            rows.append(row)
            row = " "
        row += name + ":"
    return "\r\n".join([*rows, row]).removesuffix(":")


def _folded_value(value: bytes) -> bytes:
    """Base64 over lines of at most 78 columns, the first one after ` b=`."""
    first, width = _LINE - len(" b="), _LINE - len(" ")
    return b"\r\n ".join([value[:first], *(value[at : at + width] for at in range(first, len(value), width))])
