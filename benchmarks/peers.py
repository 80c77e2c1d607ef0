"""How others send the same letter, each in its own process: `python -m benchmarks.peers NAME PORT COUNT KILOBYTES`.

Prints messages a second, and µs of processor time a message, from the first message to the last: what a peer takes to
start is not counted against it.
"""

import asyncio
import smtplib
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import aiosmtplib

from benchmarks.letters import IDENTITY, make_mail, make_readers, values_of
from newsletter.delivery.personalize import compose_eml
from newsletter.model import Reader, RenderedMail

CONNECTIONS = 10


def compose(mail: RenderedMail, reader: Reader) -> EmailMessage:
    """One reader's message as a plain program makes it."""
    html, text = mail.html, mail.text
    values = values_of(reader)
    for field in mail.fields:
        value = field.prefix + values[field.name]
        html, text = html.replace(field.token, value), text.replace(field.token, value)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = IDENTITY.from_, reader.email, mail.subject
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def with_aiosmtplib(mail: RenderedMail, readers: list[Reader], port: int) -> None:
    """`aiosmtplib.send`, ten at a time, as its documentation shows."""

    async def run() -> None:
        waiting = iter(readers)

        async def one() -> None:
            for reader in waiting:
                message = compose(mail, reader)
                await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False, use_tls=False)

        await asyncio.gather(*(one() for _number in range(CONNECTIONS)))

    asyncio.run(run())


def with_smtplib(mail: RenderedMail, readers: list[Reader], port: int) -> None:
    """The standard library, one connection kept."""
    with smtplib.SMTP("127.0.0.1", port) as client:
        for reader in readers:
            client.send_message(compose(mail, reader))


def with_post_office(mail: RenderedMail, readers: list[Reader], port: int) -> None:
    """django-post-office: its queue in SQLite, then `send_queued`, with five threads."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "post_office.db"}},
        EMAIL_BACKEND="post_office.EmailBackend",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        POST_OFFICE={"THREADS_PER_PROCESS": 5, "BATCH_SIZE": 500, "LOG_LEVEL": 0},
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command
    from post_office import mail as post_office

    call_command("migrate", verbosity=0)
    for reader in readers:
        message = compose(mail, reader)
        text, html = (str(part.get_content()) for part in message.iter_parts())
        post_office.send(reader.email, IDENTITY.from_, subject=mail.subject, message=text, html_message=html)
    post_office.send_queued_mail_until_done(processes=1)
    from post_office.models import STATUS, Email

    assert Email.objects.filter(status=STATUS.sent).count() == len(readers)


def with_bare_protocol(mail: RenderedMail, readers: list[Reader], port: int) -> None:
    """The least that can be done: `benchmarks.bare`."""
    from benchmarks.bare import send

    date, base_url = datetime(2023, 10, 11, 8, tzinfo=UTC), "https://lettre.imagine.example"
    content = compose_eml(mail, readers[0], identity=IDENTITY, date=date, base_url=base_url)
    send(content + b".\r\n", len(readers), port=port, connections=CONNECTIONS)


SENDERS: dict[str, Callable[[RenderedMail, list[Reader], int], None]] = {
    "bare": with_bare_protocol,
    "aiosmtplib": with_aiosmtplib,
    "smtplib": with_smtplib,
    "django-post-office": with_post_office,
}


def main(name: str, port: str, count: str, kilobytes: str) -> None:
    """Send, measure, print."""
    mail, readers = make_mail(int(kilobytes)), make_readers(int(count))
    started, spent = time.perf_counter(), time.process_time()
    SENDERS[name](mail, readers, int(port))
    seconds, cpu = time.perf_counter() - started, time.process_time() - spent
    print(len(readers) / seconds, cpu / len(readers) * 1e6)


if __name__ == "__main__":
    main(*sys.argv[1:])
