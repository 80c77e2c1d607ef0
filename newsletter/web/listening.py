"""Where both sites are found: on loopback, on the next free port, before anything that serves them is imported."""

import errno
import socket

from newsletter.errors import UsageError
from newsletter.i18n import _

#: The only address we listen on. A reverse proxy brings the internet to the public pages.
LOOPBACK = "127.0.0.1"
#: How many ports are tried after the wanted one.
_TRIES = 20


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
