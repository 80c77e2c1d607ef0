"""The relay, asked without sending anything: does it answer, encrypt, know us, and offer what a mailing needs?"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import aiosmtplib

from newsletter.delivery.transports.answers import Timeouts
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.errors import DeliveryError, TemporaryFailure
from newsletter.i18n import _, ngettext
from newsletter.model import Diagnosis, doubtful, sound, wrong
from newsletter.settings import SmtpServer

#: A check must not wait as long as a mailing does.
_SHORT = Timeouts(connect=5, command=10, quit=1)
_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """What the relay says of itself."""

    #: Names in small letters → parameters.
    extensions: dict[str, str]
    mechanisms: tuple[str, ...]
    #: `TLSv1.3`; "" in clear.
    encryption: str
    #: Until when its certificate is valid, aware; None in clear.
    certified_until: datetime | None


def check_relay(smtp: SmtpServer, *, largest: int, now: datetime) -> Iterator[Diagnosis]:
    """Everything about the relay; `largest` is the size of a message in bytes."""
    server = f"{smtp.host}:{smtp.port}"
    transport = SmtpTransport(smtp, timeouts=_SHORT)
    try:
        greeting = asyncio.run(_greeting(transport))
    except DeliveryError as error:
        say = doubtful if isinstance(error, TemporaryFailure) else wrong
        yield say(
            "relay",
            error.message,
            error.hint or _("nothing can leave now; is this machine online, and the port right?"),
        )
        return
    yield sound("relay", _("{server} answers", server=server))
    yield _encryption(server, greeting, now=now)
    yield from _offers(server, greeting, largest=largest)
    yield _login(smtp, transport)
    yield _limits(smtp, transport)


async def _greeting(transport: SmtpTransport) -> Greeting:
    client = await transport.greet()
    try:
        secured = client.transport.get_extra_info("ssl_object") if client.transport else None
        until = ssl.cert_time_to_seconds(secured.getpeercert()["notAfter"]) if secured else None
        return Greeting(
            extensions={name.lower(): value for name, value in client.esmtp_extensions.items()},
            mechanisms=tuple(client.server_auth_methods),
            encryption=secured.version() if secured else "",
            certified_until=datetime.fromtimestamp(until, UTC) if until else None,
        )
    finally:
        await _leave(client)


async def _leave(client: aiosmtplib.SMTP) -> None:
    line = client.transport
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_SHORT.quit)
    client.close()
    if isinstance(line, asyncio.WriteTransport):
        # In TLS a goodbye may still wait for the server's own, and this loop ends now.
        line.abort()
        await asyncio.sleep(0)


def _encryption(server: str, greeting: Greeting, *, now: datetime) -> Diagnosis:
    """The chain and the name were verified to come this far."""
    if greeting.certified_until is None:
        return sound("relay-tls", _("{server} is spoken to in clear, as the settings say", server=server))
    days = (greeting.certified_until - now).days
    kind = greeting.encryption
    sentence = ngettext(
        "the certificate of {server} is valid for {n} day more ({kind})",
        "the certificate of {server} is valid for {n} days more ({kind})",
        days,
        server=server,
        kind=kind,
    )
    if days < _DAYS:
        return doubtful("relay-tls", sentence, _("whoever runs the relay must renew it in time"))
    return sound("relay-tls", sentence)


def _offers(server: str, greeting: Greeting, *, largest: int) -> Iterator[Diagnosis]:
    size = int(greeting.extensions.get("size") or 0) if greeting.extensions.get("size", "0").isdigit() else 0
    if 0 < size < largest:
        yield wrong(
            "relay-offers",
            _(
                "{server} takes {size} KB at most, and a letter has {n} KB",
                server=server,
                size=size // 1000,
                n=largest // 1000,
            ),
            _("make the letter lighter, or ask for a higher limit"),
        )
    if "pipelining" not in greeting.extensions:
        yield doubtful(
            "relay-offers",
            _("{server} takes one command at a time (no PIPELINING): a mailing lasts longer", server=server),
        )
    names = ", ".join(sorted(name.upper() for name in greeting.extensions)) or "—"
    yield sound("relay-offers", _("{server} offers {names}", server=server, names=names))


def _login(smtp: SmtpServer, transport: SmtpTransport) -> Diagnosis:
    """One attempt, as a mailing would make."""
    if not smtp.username:
        return sound("relay-login", _("no username: the relay is expected to know this machine"))

    async def attempt() -> None:
        await (await transport.connect()).close()

    try:
        asyncio.run(attempt())
    except DeliveryError as error:
        return wrong("relay-login", error.message, error.hint)
    return sound("relay-login", _("the relay accepts {username} and the password", username=smtp.username))


def _limits(smtp: SmtpServer, transport: SmtpTransport) -> Diagnosis:
    """As many conversations at once as a mailing would open, up to EHLO."""

    async def open_all() -> int:
        results = await asyncio.gather(*(transport.greet() for _n in range(smtp.connections)), return_exceptions=True)
        clients = [client for client in results if isinstance(client, aiosmtplib.SMTP)]
        await asyncio.gather(*map(_leave, clients))
        return len(clients)

    opened = asyncio.run(open_all())
    if opened < smtp.connections:
        return doubtful(
            "relay-limits",
            _("of {n} conversations at once the relay takes {opened}", n=smtp.connections, opened=opened),
            _("write connections = {n} under [smtp]", n=max(opened, 1)),
        )
    return sound("relay-limits", _("the relay takes {n} conversations at once", n=opened))
