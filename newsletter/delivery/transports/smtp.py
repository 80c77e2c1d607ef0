"""Port Transport over SMTP: aiosmtplib connects, encrypts and authenticates; then the conversation is ours.

A downgrade is impossible: encryption is required or refused by the settings, never negotiated away (RFC 3207 §6).
The password goes to the server and nowhere else: no error made here quotes what was said during AUTH.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import NoReturn

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException, SMTPStatus

from newsletter.delivery.transports.answers import Timeouts
from newsletter.delivery.transports.conversation import SmtpConnection, enhanced, first_line
from newsletter.errors import DeliveryError, PermanentFailure, TemporaryFailure
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.settings import SmtpServer

#: In order of preference; one is chosen by what the server offers, and tried once.
_MECHANISMS = ("plain", "login", "cram-md5")
_SAYABLE = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f.:IPv]+\]")


class SmtpTransport:
    """Opens conversations with the one server of the settings."""

    def __init__(self, settings: SmtpServer, *, timeouts: Timeouts | None = None) -> None:
        self._settings = settings
        self._timeouts = timeouts or Timeouts()
        self._server = f"{settings.host}:{settings.port}"

    async def connect(self) -> "SmtpConnection":
        """Open one conversation; raises TemporaryFailure or PermanentFailure, never LostConnection."""
        client = await self.greet()
        try:
            await self._login(client)
        except BaseException:
            client.close()
            raise
        return SmtpConnection(
            client, timeouts=self._timeouts, server=self._server, pipelining=self._settings.pipelining
        )

    async def greet(self) -> aiosmtplib.SMTP:
        """A conversation up to EHLO: encrypted as the settings ask, not authenticated; raises as `connect` does."""
        name = self._settings.hello or await asyncio.to_thread(_own_name)  # a slow name server must stop no loop
        client = self._client(await self._open(), name=name)
        try:
            with _translated(self._server):
                await client.connect()
                await _hello(client)
        except BaseException:
            client.close()
            raise
        return client

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """One for all connections: making it costs 20 ms."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._settings.ca_file:
            context.load_verify_locations(self._settings.ca_file)
        return context

    async def _open(self) -> socket.socket:
        """A connected socket, within the time allowed for that step alone."""
        try:
            async with asyncio.timeout(self._timeouts.connect):
                return await _open_socket(self._settings.host, self._settings.port)
        except TimeoutError:
            raise TemporaryFailure(_("{server} does not answer", server=self._server)) from None
        except OSError as error:
            # asyncio writes a sentence of its own over the system's; a name that cannot be resolved has no errno.
            reason = system_reason(error)
            raise TemporaryFailure(_("cannot reach {server}: {reason}", server=self._server, reason=reason)) from None

    def _client(self, stranger: socket.socket, *, name: str) -> aiosmtplib.SMTP:
        encrypted = self._settings.security != "none"
        try:
            context = self._tls if encrypted else None
        except (OSError, ssl.SSLError) as error:
            stranger.close()
            file = self._settings.ca_file
            raise PermanentFailure(
                _("cannot use the certificates in {file}: {reason}", file=file, reason=error)
            ) from None
        return aiosmtplib.SMTP(
            hostname=self._settings.host,
            sock=stranger,
            # A full name, or the address literal that RFC 5321 §4.1.4 allows without one.
            local_hostname=name if _SAYABLE.fullmatch(name) else "[127.0.0.1]",
            timeout=self._timeouts.command,
            use_tls=self._settings.security == "tls",
            # Never None: that would go on in clear when STARTTLS is missing.
            start_tls=self._settings.security == "starttls",
            tls_context=context,
        )

    async def _login(self, client: aiosmtplib.SMTP) -> None:
        """One mechanism, one attempt: a second one brings a wrong password closer to a locked account."""
        username = self._settings.username
        if not username:
            return
        offered = client.server_auth_methods
        mechanism = next((name for name in _MECHANISMS if name in offered), None)
        if mechanism is None:
            raise PermanentFailure(
                _("{server} offers no way to authenticate that we know", server=self._server),
                hint=_("check the port and security under [smtp], or remove the username"),
            )
        method = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}[mechanism]
        try:
            await method(username, self._settings.password.get_secret_value())
        except SMTPResponseException as error:
            # A server may repeat in its answer what it was told: only the numbers are kept.
            _refuse_login(self._settings, error.code, enhanced(error.message))
        except (SMTPException, ValueError):
            raise TemporaryFailure(_("{server} broke off during authentication", server=self._server)) from None


@cache
def _own_name() -> str:
    return socket.getfqdn()


async def _open_socket(host: str, port: int) -> socket.socket:
    """The first of the host's addresses that accepts; raises the last OSError."""
    loop = asyncio.get_running_loop()
    failure = OSError(_("no address"))
    for family, kind, protocol, _name, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setblocking(False)
            await loop.sock_connect(opened, address)
        except OSError as error:
            opened.close()
            failure = error
        except BaseException:
            opened.close()
            raise
        else:
            return opened
    raise failure


async def _hello(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO for a server that knows nothing else (RFC 5321 §4.1.1.1)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not client.is_connected:
            raise
        await client.helo()


@contextmanager
def _translated(server: str) -> Iterator[None]:
    """aiosmtplib's errors while connecting, in our words; what it quotes is left behind."""
    try:
        yield
    except SMTPResponseException as error:
        if error.code == SMTPStatus.invalid_response:
            raise TemporaryFailure(_("{server} answers in another language than SMTP", server=server)) from None
        text = _(
            "{server} refuses the conversation: {code} {text}",
            server=server,
            code=error.code,
            text=first_line(error.message),
        )
        raise _by_code(error.code)(text) from None
    except aiosmtplib.SMTPTimeoutError:
        raise TemporaryFailure(_("{server} does not answer", server=server)) from None
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(server, error) from None
    except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, OSError) as error:
        if isinstance(cause := error.__cause__, ssl.SSLCertVerificationError):
            raise _untrusted(server, cause) from None
        raise TemporaryFailure(_("{server} broke off", server=server)) from None
    except SMTPException:
        raise PermanentFailure(
            _("{server} offers no encryption (STARTTLS)", server=server),
            hint=_('nothing was sent; check the port, or security = "tls", under [smtp]'),
        ) from None


def _untrusted(server: str, error: ssl.SSLCertVerificationError) -> PermanentFailure:
    return PermanentFailure(
        _("the certificate of {server} is not valid: {reason}", server=server, reason=error.verify_message),
        hint=_("nothing was sent; check host under [smtp], or name the authority in ca_file"),
    )


def _refuse_login(settings: SmtpServer, code: int, detail: str) -> NoReturn:
    server, numbers = f"{settings.host}:{settings.port}", f"{code} {detail}".strip()
    if code // 100 == 4:
        raise TemporaryFailure(
            _("{server} cannot check the password now ({code})", server=server, code=numbers)
        ) from None
    raise PermanentFailure(
        _("{server} refuses the username or the password ({code})", server=server, code=numbers),
        hint=_(
            "check username under [{section}], and {variable}; the server was asked only once",
            section=settings.section,
            variable=settings.password_variable,
        ),
    ) from None


def _by_code(code: int) -> type[DeliveryError]:
    return PermanentFailure if code // 100 == 5 else TemporaryFailure
