"""HMAC-SHA256 with one key for many messages: it is taken in once, where `hmac.digest` starts from it each time."""

from collections.abc import Callable
from hashlib import sha256

_BLOCK = 64  # octets


def hmac_sha256(key: bytes) -> Callable[[bytes], bytes]:
    """Seals octets with `key`, of any length (RFC 2104): 32 octets."""
    short = key if len(key) <= _BLOCK else sha256(key).digest()
    inner, outer = (sha256(bytes(octet ^ pad for octet in short.ljust(_BLOCK, b"\0"))) for pad in (0x36, 0x5C))

    def seal(octets: bytes) -> bytes:
        within = inner.copy()
        within.update(octets)
        whole = outer.copy()
        whole.update(within.digest())
        return whole.digest()

    return seal
