"""The studio's door: it is open, and somebody may knock, before anything behind it is imported."""

import gc
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from newsletter.web.listening import LOOPBACK, open_socket

if TYPE_CHECKING:
    from newsletter.web.studio.project import StudioProject


def run_studio(
    project: "StudioProject",
    *,
    port: int,
    open_browser: bool = True,
    issue: str | None = None,
    announce: Callable[[str], None] = print,
) -> None:
    """Serve the studio on 127.0.0.1 until Ctrl-C, on the wanted port or the next free one.

    `announce` gets the address, token included, once the port is ours; `issue` opens on that issue's proof.
    """
    listener = open_socket(port)
    token, ticket, taken = secrets.token_urlsafe(24), secrets.token_urlsafe(24), int(listener.getsockname()[1])
    path = f"/issues/{issue}/proof" if issue else "/"
    address = f"http://{LOOPBACK}:{taken}{path}?token="
    announce(address + token)
    if open_browser:
        # A browser takes longer to start than the studio, and some commands return only when it ends.
        threading.Thread(target=_open_browser, args=(address + ticket,), daemon=True).start()
    from newsletter.web.serving import make_server, serve
    from newsletter.web.studio.app import make_studio

    app = make_studio(project, token=token, port=taken, ticket=ticket)
    # A command begins without the garbage collector; this one goes on for hours. What is here by now stays.
    gc.freeze()
    gc.enable()
    serve(make_server(app, on_stop=app.state.wire.close), listener)


def _open_browser(address: str) -> None:
    import webbrowser

    webbrowser.open(address)
