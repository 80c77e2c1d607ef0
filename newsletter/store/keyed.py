"""The secret that is born with the database, and the hash by which it knows an address it may not keep."""

import secrets
from collections.abc import Callable
from functools import lru_cache

from sqlalchemy import Engine, insert, select

from newsletter.hmac_sha256 import hmac_sha256
from newsletter.store.tables import keys
from newsletter.store.transactions import reading, writing

_NAME = "secret"


def load_secret(engine: Engine) -> bytes:
    """32 random bytes, made at the first call and the same for ever; raises StoreError."""
    wanted = select(keys.c.value).where(keys.c.name == _NAME)
    with reading(engine) as connection:
        known: bytes | None = connection.execute(wanted).scalar()
    if known:
        return bytes(known)
    with writing(engine, alone=_NAME) as connection:
        made: bytes | None = connection.execute(wanted).scalar()
        if made is None:
            made = secrets.token_bytes(32)
            connection.execute(insert(keys).values(name=_NAME, value=made))
        return bytes(made)


def address_key(email: str) -> str:
    """What two spellings of one address share."""
    return email.lower()


def address_hash(secret: bytes, email: str) -> str:
    """Hex of HMAC-SHA256 over the lower-cased address: without the secret, nobody can try addresses against it."""
    return key_hasher(secret)(address_key(email))


@lru_cache(maxsize=4)
def key_hasher(secret: bytes) -> Callable[[str], str]:
    """`address_hash` of what `address_key` gave, the secret already in: `hmac.digest` would start from it each time."""
    seal = hmac_sha256(secret)
    return lambda key: seal(key.encode()).hex()
