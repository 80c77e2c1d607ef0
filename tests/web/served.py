"""A site on a real port of this machine, in a thread, stopped as Ctrl-C stops it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from newsletter.web.listening import open_socket
from newsletter.web.serving import make_server


@contextmanager
def served(make_app: Callable[[int], ASGIApp]) -> Iterator[str]:
    """The address of the site that `make_app` makes for a port; gone when the block ends."""
    listener = open_socket(0)
    port = listener.getsockname()[1]
    app = make_app(port)
    wire = getattr(getattr(app, "state", None), "wire", None)
    server = make_server(app, on_stop=wire.close if wire else lambda: None)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        assert not thread.is_alive(), "the server did not stop"
