"""What a signature costs: ours beside dkimpy's and beside the key's own arithmetic, in one run.

    python -m benchmarks.dkim [KILOBYTES]

Prints microseconds of processor time a message, median of seven rounds, and what is left once RSA itself is taken
away: the hash of the body, the header fields, the field that is written.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import dkim

from benchmarks.letters import IDENTITY, UNSUBSCRIBE_URL, WEB_URL, make_mail, make_readers
from newsletter.delivery.dkim import SIGNED, LetterSigner, SigningKey
from newsletter.delivery.personalize import compile_mail
from newsletter.delivery.signing_keys import key_file, make_key

ROUNDS = 7
DATE = datetime(2023, 10, 11, 9, tzinfo=UTC)


def make_copies(kilobytes: int) -> list[tuple[bytes, list[bytes]]]:
    """Header fields of twenty copies, and the pieces of their bodies."""
    compiled = compile_mail(
        make_mail(kilobytes), identity=IDENTITY, mailing_key="157/1", date=DATE, secret=b"benchmark", web_url=WEB_URL
    )
    copies = []
    for reader in make_readers(20):
        pieces = compiled.message(reader, unsubscribe_url=UNSUBSCRIBE_URL)
        header, _blank, start = b"".join(pieces[:4]).partition(b"\r\n\r\n")
        copies.append((header + b"\r\n", [start, *pieces[4:]]))
    return copies


def microseconds(make: Callable[[bytes, list[bytes]], object], copies: list[tuple[bytes, list[bytes]]]) -> float:
    """Median processor time a copy."""
    rounds = []
    for _round in range(ROUNDS):
        start = process_time()
        for header, body in copies:
            make(header, body)
        rounds.append((process_time() - start) / len(copies) * 1e6)
    return median(rounds)


def theirs(pem: bytes, header: bytes, body: list[bytes]) -> bytes:
    """The same signature by dkimpy."""
    return dkim.sign(
        header + b"\r\n" + b"".join(body),
        b"lettre",
        b"imagine.example",
        pem,
        canonicalize=(b"relaxed", b"simple"),
        include_headers=[name.encode() for name in SIGNED if name.encode() in header.lower()],
    )


def main() -> None:
    """Measure and print."""
    copies = make_copies(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
    with TemporaryDirectory() as folder:
        rsa, ed25519 = (
            make_key(key_file(name, var=Path(folder)), domain="imagine.example", selector=name, ed25519=name == "court")
            for name in ("lettre", "court")
        )
        pem = key_file("lettre", var=Path(folder)).read_bytes()

    def ours(*keys: SigningKey) -> float:
        signer = LetterSigner(keys, fixed=b"", constant_body=b"")
        return microseconds(signer.sign, copies)

    alone = microseconds(lambda header, body: rsa.sign(header), copies)
    figures = {
        "rsa-2048 signature alone": alone,
        "ours, rsa-2048": ours(rsa),
        "ours, ed25519": ours(ed25519),
        "ours, both": ours(rsa, ed25519),
        "dkimpy, rsa-2048": microseconds(lambda header, body: theirs(pem, header, body), copies),
    }
    size = sum(map(len, copies[0][1])) / 1024
    print(f"a message of {size:.0f} KB, relaxed/simple, nothing of the body hashed beforehand")
    for label, figure in figures.items():
        print(f"{label:>26}: {figure:8.0f} µs a message")
    print(f"{'ours without RSA itself':>26}: {figures['ours, rsa-2048'] - alone:8.0f} µs a message")
    print(f"{'dkimpy ÷ ours':>26}: {figures['dkimpy, rsa-2048'] / figures['ours, rsa-2048']:8.1f} ×")


if __name__ == "__main__":
    main()
