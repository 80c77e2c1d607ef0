"""How both sites are served: on loopback, on the next free port, and closed at once on Ctrl-C."""

import errno
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from newsletter.errors import UsageError
from newsletter.i18n import _

#: The only address we listen on. A reverse proxy brings the internet to the public pages.
LOOPBACK = "127.0.0.1"
#: How many ports are tried after the wanted one.
_TRIES = 20
#: Seconds an answer under way may still take once somebody said stop.
_PATIENCE = 2


def open_socket(port: int) -> socket.socket:
    """A socket bound to the wanted port of 127.0.0.1, or to the next free one; raises UsageError when none is.

    Port 0 takes any.
    """
    for candidate in range(port, port + _TRIES if port else 1):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, candidate))
            listener.listen()  # whoever is told the address may knock at once
            return listener
        except (OSError, OverflowError) as error:
            listener.close()
            if getattr(error, "errno", None) not in (errno.EADDRINUSE, errno.EACCES):
                break
    raise UsageError(
        _("no free port from {port} on", port=port), hint=_("name another one: --port {example}", example=8026)
    )


class PatientServer(uvicorn.Server):
    """Uvicorn, but long-lived answers (server-sent events) are told to end before it waits for them."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say stop to the streams, then close as uvicorn does."""
        self._on_stop()
        await super().shutdown(sockets)


def make_server(app: ASGIApp, *, on_stop: Callable[[], None] = lambda: None) -> PatientServer:
    """A server that logs no address: tokens stand in them."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,
        proxy_headers=False,
    )
    return PatientServer(config, on_stop=on_stop)


def serve(server: PatientServer, listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, then return: being stopped is how it ends well."""
    with suppress(KeyboardInterrupt), listener:
        server.run(sockets=[listener])
