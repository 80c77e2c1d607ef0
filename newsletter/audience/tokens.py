"""Signed tokens for the links in a letter: nobody can make one, and one link's token opens no other door."""

import hashlib
from binascii import b2a_base64
from collections.abc import Callable
from functools import cached_property, lru_cache

from itsdangerous import BadSignature, HMACAlgorithm, Signer

from newsletter.hmac_sha256 import hmac_sha256

#: Of a token: a List-Unsubscribe header must fit on one line, unfolded.
LONGEST = 43

#: What base64 writes, as it may stand in a URL (RFC 4648 §5).
_URL_SAFE = bytes.maketrans(b"+/", b"-_")

_UNSUBSCRIBE, _WEB_VERSION = b"newsletter.unsubscribe", b"newsletter.web-version"


class _Shortened(HMACAlgorithm):
    """HMAC-SHA256 cut to 128 bits (RFC 2104 §5): as strong as a random UUID, half as long in a link."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return _seal(key)(value)[:16]


class _OneKeySigner(Signer):
    """A signer with one secret, whose key is derived once and not for every token."""

    @cached_property
    def _key(self) -> bytes:
        return super().derive_key()

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._key


def make_unsubscribe_token(secret: bytes, subscription_id: int) -> str:
    """The token that ends one subscription. URL-safe, at most 43 characters, and good for ever."""
    return unsubscribe_tokens(secret)(subscription_id)


def unsubscribe_tokens(secret: bytes) -> Callable[[int], str]:
    """Makes the tokens of many subscriptions."""
    return _maker(_UNSUBSCRIBE, secret)


def read_unsubscribe_token(secret: bytes, token: str) -> int | None:
    """The subscription it names, or None when we did not make it for that; compared in constant time."""
    return _read(_UNSUBSCRIBE, secret, token)


def make_web_token(secret: bytes, mailing_id: int) -> str:
    """The token that shows a mailing in a browser, the same for all its readers."""
    return _maker(_WEB_VERSION, secret)(mailing_id)


def read_web_token(secret: bytes, token: str) -> int | None:
    """The mailing it names, or None when we did not make it for that."""
    return _read(_WEB_VERSION, secret, token)


@lru_cache(maxsize=16)
def _signer(scope: bytes, secret: bytes) -> Signer:
    return _OneKeySigner(secret, salt=scope, digest_method=hashlib.sha256, algorithm=_Shortened(hashlib.sha256))


@lru_cache(maxsize=16)
def _seal(key: bytes) -> Callable[[bytes], bytes]:
    return hmac_sha256(key)


@lru_cache(maxsize=16)
def _maker(scope: bytes, secret: bytes) -> Callable[[int], str]:
    """Makes what `_signer(…).sign` makes, without its detours: every message pays for it."""
    seal = _seal(_signer(scope, secret).derive_key())

    def make(number: int) -> str:
        named = b"%d" % number
        signature = b2a_base64(seal(named)[:16], newline=False).translate(_URL_SAFE).rstrip(b"=")
        return (named + b"." + signature).decode("ascii")

    return make


def _read(scope: bytes, secret: bytes, token: str) -> int | None:
    if len(token) > LONGEST:
        return None
    try:
        number = _signer(scope, secret).unsign(token.encode("ascii")).decode()
    except (BadSignature, UnicodeError):
        return None
    return int(number)
