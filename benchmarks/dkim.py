"""What a signature adds to a message: ours beside dkimpy's and beside the key's own arithmetic, in one run.

    python -m benchmarks.dkim [KILOBYTES]

Prints microseconds of processor time, the best of rounds that take turns: what each adds to an unsigned message, and
what is left of ours once RSA itself is taken away: the hash of the body above all.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import dkim

from benchmarks.letters import IDENTITY, PAGES, SECRET, make_mail, make_readers, token_of
from newsletter.delivery.dkim import SIGNED, LetterSigner, SigningKey
from newsletter.delivery.personalize import compile_mail
from newsletter.delivery.signing_keys import key_file, make_key
from newsletter.model import Reader, RenderedMail

ROUNDS = 9
READERS = make_readers(20)
DATE = datetime(2023, 10, 11, 9, tzinfo=UTC)


def maker(mail: RenderedMail, *keys: SigningKey) -> Callable[[Reader], list[bytes]]:
    """What makes one reader's message, signed with these keys."""

    def seal(fixed: bytes, constant_body: bytes) -> LetterSigner:
        return LetterSigner(keys, fixed=fixed, constant_body=constant_body)

    compiled = compile_mail(
        mail,
        identity=IDENTITY,
        mailing_key="157/1",
        date=DATE,
        secret=SECRET,
        pages=PAGES,
        seal=seal if keys else None,
    )
    return lambda reader: compiled.message(reader, token=token_of(reader))


def microseconds(makers: Mapping[str, Callable[[Reader], object]]) -> dict[str, float]:
    """Best processor time a message."""
    best = dict.fromkeys(makers, 1e9)
    for _round in range(ROUNDS):
        for label, make in makers.items():
            start = process_time()
            for reader in READERS:
                make(reader)
            best[label] = min(best[label], (process_time() - start) / len(READERS) * 1e6)
    return best


def theirs(pem: bytes, make: Callable[[Reader], list[bytes]], reader: Reader) -> bytes:
    """The same signature by dkimpy."""
    raw = b"".join(make(reader))
    there = raw.partition(b"\r\n\r\n")[0].lower()
    return dkim.sign(
        raw,
        b"lettre",
        b"imagine.example",
        pem,
        canonicalize=(b"relaxed", b"simple"),
        include_headers=[name.encode() for name in SIGNED if name.encode() in there],
    )


def main() -> None:
    """Measure and print."""
    mail = make_mail(int(sys.argv[1]) if len(sys.argv) > 1 else 80)
    with TemporaryDirectory() as folder:
        rsa, ed25519 = (
            make_key(key_file(name, var=Path(folder)), domain="imagine.example", selector=name, ed25519=name == "court")
            for name in ("lettre", "court")
        )
        pem = key_file("lettre", var=Path(folder)).read_bytes()
    unsigned = maker(mail)
    size = sum(map(len, unsigned(READERS[0]))) / 1024
    best = microseconds(
        {
            "unsigned": unsigned,
            "RSA": lambda reader: rsa.sign(reader.email.encode() * 40),
            "ours, rsa-2048": maker(mail, rsa),
            "ours, ed25519": maker(mail, ed25519),
            "ours, both": maker(mail, rsa, ed25519),
            "dkimpy, rsa-2048": partial(theirs, pem, unsigned),
        }
    )
    plain, alone = best.pop("unsigned"), best.pop("RSA")
    figures = {label: figure - plain for label, figure in best.items()}
    print(f"added to a message of {size:.0f} KB, relaxed/simple; rsa-2048 itself takes {alone:.0f} µs")
    for label, figure in figures.items():
        print(f"{label:>26}: {figure:8.0f} µs")
    print(f"{'ours without RSA itself':>26}: {figures['ours, rsa-2048'] - alone:8.0f} µs")
    print(f"{'dkimpy ÷ ours':>26}: {figures['dkimpy, rsa-2048'] / figures['ours, rsa-2048']:8.1f} ×")


if __name__ == "__main__":
    main()
