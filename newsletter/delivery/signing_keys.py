"""The private keys that sign our letters: made once, kept in a file that nobody else reads."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from newsletter.atomic import replacing
from newsletter.delivery.dkim import SigningKey
from newsletter.errors import RefusedError, SettingsError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.settings import Dkim, git_keeps, is_shared

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

#: What every receiver accepts (RFC 8301 §3.2).
_RSA_BITS = 2048
_LEAST_RSA_BITS = 1024


def make_key(path: Path, *, domain: str, selector: str, ed25519: bool = False) -> SigningKey:
    """Write a new key (PEM, 0600), whole or not at all; raises RefusedError rather than overwrite one."""
    key: PrivateKey = Ed25519PrivateKey.generate() if ed25519 else generate_private_key(65537, _RSA_BITS)
    try:
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        with replacing(path, replace=False, mode=0o600) as draft:
            draft.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except FileExistsError:
        raise RefusedError(
            _("there is a key already, and it is never overwritten"),
            where=str(path),
            hint=_("choose another name: --selector NAME; both keys may stand in the DNS"),
        ) from None
    except OSError as error:
        raise RefusedError(
            _("the key cannot be written: {reason}", reason=system_reason(error)), where=str(path)
        ) from None
    return _signing_key(key, domain=domain, selector=selector)


def key_file(selector: str, *, var: Path) -> Path:
    """Where a key stands unless the settings say otherwise."""
    return var / "dkim" / f"{selector}.pem"


def read_keys(dkim: Dkim, *, root: Path, var: Path) -> list[SigningKey]:
    """The keys of the settings, RSA first. Paths are relative to `root`; `var` is what git never keeps.

    Raises SettingsError when a file holds no such key, or when others could read it.
    """
    wanted: list[tuple[str, Path | None, type[PrivateKey]]] = [(dkim.selector, dkim.key, RSAPrivateKey)]
    if dkim.ed25519_selector:
        wanted.append((dkim.ed25519_selector, dkim.ed25519_key, Ed25519PrivateKey))
    keys = []
    for selector, file, kind in wanted:
        path = root / file if file else key_file(selector, var=var)
        _require_private(path, in_var=path.resolve().is_relative_to(var.resolve()))
        key = _parsed(path)
        if not isinstance(key, kind) or (isinstance(key, RSAPrivateKey) and key.key_size < _LEAST_RSA_BITS):
            raise _no_key(path)
        keys.append(_signing_key(key, domain=dkim.domain, selector=selector))
    return keys


def _signing_key(key: PrivateKey, *, domain: str, selector: str) -> SigningKey:
    sign: Callable[[bytes], bytes]
    if isinstance(key, RSAPrivateKey):
        sign, algorithm = partial(key.sign, padding=PKCS1v15(), algorithm=SHA256()), "rsa-sha256"
    else:
        sign, algorithm = partial(_sign_hash, key), "ed25519-sha256"
    return SigningKey(domain=domain, selector=selector, algorithm=algorithm, public=_public(key), sign=sign)


def _sign_hash(key: Ed25519PrivateKey, signed: bytes) -> bytes:
    """RFC 8463 §3: ed25519 signs the hash of what RSA would sign."""
    return key.sign(hashlib.sha256(signed).digest())


def _require_private(path: Path, *, in_var: bool) -> None:
    try:
        shared = is_shared(path)
    except OSError as error:
        raise SettingsError(
            _("the key of the signature cannot be read: {reason}", reason=system_reason(error)),
            where=str(path),
            hint=_("make one with newsletter dkim new, or name its file under [dkim]"),
        ) from None
    if shared:
        raise SettingsError(
            _("others on this machine can read the key of the signature"),
            where=str(path),
            hint=_("chmod 600 {file}", file=path),
        )
    if not in_var and git_keeps(path):
        raise SettingsError(
            _("the key of the signature must not stand where git keeps it"),
            where=str(path),
            hint=_("move it into var/dkim/, or out of the folder that git keeps"),
        )


def _parsed(path: Path) -> object:
    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SettingsError(
            _("the key of the signature cannot be read: {reason}", reason=system_reason(error)), where=str(path)
        ) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _no_key(path) from None


def _no_key(path: Path) -> SettingsError:
    return SettingsError(
        _("this is not the private key that was expected here: PEM, without a password"),
        where=str(path),
        hint=_("key takes RSA, ed25519_key takes ed25519; newsletter dkim new makes either"),
    )


def _public(key: PrivateKey) -> str:
    """The public half as the DNS shows it: RFC 6376 §3.6.1 for RSA, RFC 8463 §4.2 for ed25519."""

    raw = isinstance(key, Ed25519PrivateKey)
    encoding, form = (Encoding.Raw, PublicFormat.Raw) if raw else (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(key.public_key().public_bytes(encoding, form)).decode("ascii")
