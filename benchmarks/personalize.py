"""What one reader's message costs: segments encoded once, against the standard library's EmailMessage, in one run.

    python -m benchmarks.personalize [KILOBYTES]

Prints microseconds of processor time a message, median and best of seven rounds. EmailMessage is measured as a plain
sender would use it, substitution by `str.replace` included.
"""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from html import escape
from statistics import median
from zoneinfo import ZoneInfo

from benchmarks.letters import IDENTITY, PAGES, SECRET, make_mail, make_readers, token_of, values_of
from newsletter.delivery.base64 import Base64Part
from newsletter.delivery.personalize import CompiledMail, compile_mail
from newsletter.model import Reader, RenderedMail

ROUNDS = 7


def with_segments(compiled: CompiledMail, reader: Reader, token: str) -> list[bytes]:
    """Our message, ready for the socket, and its envelope sender."""
    compiled.envelope_sender(reader)
    return compiled.message(reader, token=token)


def merged(compiled: CompiledMail, reader: Reader, token: str) -> list[bytes]:
    """One reader's values in both parts, encoded: the message without the reader's own header and envelope."""
    return compiled.body(reader, token=token)


def with_email_message(mail: RenderedMail, reader: Reader, _token: str) -> bytes:
    """The same letter through the standard library."""
    html, text = mail.html, mail.text
    values = values_of(reader)
    for field in mail.fields:
        html = html.replace(field.token, field.prefix + escape(values[field.name]))
        text = text.replace(field.token, field.prefix + values[field.name])
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = IDENTITY.from_, reader.email, mail.subject
    message["Date"] = "Wed, 11 Oct 2023 09:00:00 +0200"
    message["Message-ID"] = f"<{reader.subscriber}@imagine.example>"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def microseconds(make: Callable[[Reader, str], object], readers: list[Reader]) -> tuple[float, float]:
    """Median and best processor time a message; the readers' tokens are made beforehand."""
    tokens = [token_of(reader) for reader in readers]
    rounds = []
    for _round in range(ROUNDS):
        start = time.process_time()
        for reader, token in zip(readers, tokens, strict=True):
            make(reader, token)
        rounds.append((time.process_time() - start) / len(readers) * 1e6)
    return median(rounds), min(rounds)


def main() -> None:
    """Measure and print."""
    kilobytes = int(sys.argv[1]) if len(sys.argv) > 1 else 80
    mail = make_mail(kilobytes)
    date = datetime(2023, 10, 11, 9, tzinfo=ZoneInfo("Europe/Brussels"))
    compile_it = partial(
        compile_mail, mail, identity=IDENTITY, mailing_key=f"{mail.issue}/1", date=date, secret=SECRET, pages=PAGES
    )
    start = time.process_time()
    compiled = compile_it()
    compiling = (time.process_time() - start) * 1e3
    readers = make_readers(2_000)
    size = sum(map(len, with_segments(compiled, readers[0], token_of(readers[0]))))
    merging = microseconds(partial(merged, compiled), readers)
    dense = microseconds(partial(merged, compile_it(encode=Base64Part)), readers)
    ours = microseconds(partial(with_segments, compiled), readers)
    joined = microseconds(lambda reader, token: b"".join(with_segments(compiled, reader, token)), readers)
    tokens = microseconds(lambda reader, _token: token_of(reader), readers)
    theirs = microseconds(partial(with_email_message, mail), readers[:20])
    print(f"letter of {kilobytes} KB, message of {size / 1024:.0f} KB, compiled once in {compiling:.1f} ms")
    for label, (middle, best) in (
        ("merge", merging),
        ("merge, base64", dense),
        ("pieces", ours),
        ("joined", joined),
        ("token of the link", tokens),
        ("EmailMessage.as_bytes", theirs),
    ):
        print(f"{label:>22}: {middle:8.1f} µs a message (best {best:.1f})")
    print(f"{'ratio':>22}: {theirs[0] / ours[0]:8.0f} ×")


if __name__ == "__main__":
    main()
