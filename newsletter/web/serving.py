"""How both sites are served, and closed at once on Ctrl-C."""

import logging
import socket
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp

from newsletter.lean import kept_out

with kept_out("uvicorn.main"):  # its command line: ours is another
    from uvicorn.config import Config
    from uvicorn.server import Server

#: Seconds an answer under way may still take once somebody said stop.
_PATIENCE = 2


class PatientServer(Server):
    """Uvicorn, but long-lived answers (server-sent events) are told to end before it waits for them."""

    def __init__(self, config: Config, *, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say stop to the streams, then close as uvicorn does; what takes too long is cut short without a traceback."""
        self._on_stop()
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def make_server(app: ASGIApp, *, on_stop: Callable[[], None] = lambda: None) -> PatientServer:
    """A server that logs no address: tokens stand in them."""
    config = Config(
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
