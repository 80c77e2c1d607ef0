"""HMAC-SHA256 with one key for many messages: it is taken in once, where `hmac.digest` starts from it each time."""

import hmac
from collections.abc import Callable


def hmac_sha256(key: bytes) -> Callable[[bytes], bytes]:
    """Seals octets with `key`, of any length (RFC 2104): 32 octets."""
    begun = hmac.new(key, digestmod="sha256")

    def seal(octets: bytes) -> bytes:
        sealing = begun.copy()
        sealing.update(octets)
        return sealing.digest()

    return seal
