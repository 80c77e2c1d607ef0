import asyncio
import threading
from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.web.listening import open_socket
from newsletter.web.serving import make_server


def _ask(address: str) -> None:
    with suppress(httpx.HTTPError):
        httpx.get(address, timeout=30)


def test_a_page_that_is_cut_short_when_one_stops_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    asked = threading.Event()

    async def endless(_request: Request) -> Response:
        asked.set()
        await asyncio.Event().wait()
        return PlainTextResponse("never")

    with open_socket(0) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server = make_server(Starlette(routes=[Route("/", endless)]))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        asking = threading.Thread(target=_ask, args=(address,))
        asking.start()
        assert asked.wait(30)
        server.should_exit = True
        serving.join(30)
        asking.join(30)
    assert not serving.is_alive()
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
