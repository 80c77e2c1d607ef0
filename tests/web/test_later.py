import asyncio
import threading

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from newsletter.web.later import Later


async def _ask(app: ASGIApp, times: int) -> list[str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        return [answer.text for answer in await asyncio.gather(*(client.get("/") for _time in range(times)))]


def test_it_is_made_once_and_only_when_somebody_asks() -> None:
    made = []

    def make() -> ASGIApp:
        made.append(threading.current_thread())
        return PlainTextResponse("here")

    later = Later(make)
    assert not later.is_made
    assert asyncio.run(_ask(later, 5)) == ["here"] * 5
    assert later.is_made
    assert len(made) == 1
    assert made[0] is not threading.main_thread()


def test_nobody_else_waits_while_it_is_made() -> None:
    may_go_on = threading.Event()

    def make() -> ASGIApp:
        assert may_go_on.wait(10)
        return PlainTextResponse("here")

    async def both() -> list[str]:
        asking = asyncio.create_task(_ask(Later(make), 1))
        await asyncio.sleep(0)
        may_go_on.set()  # said by the loop, which is free
        return await asking

    assert asyncio.run(both()) == ["here"]


def test_what_could_not_be_made_is_tried_again() -> None:
    tries = []

    def make() -> ASGIApp:
        tries.append(1)
        if len(tries) == 1:
            raise OSError
        return PlainTextResponse("here")

    later = Later(make)
    try:
        later.prepare()
    except OSError:
        assert not later.is_made
    assert asyncio.run(_ask(later, 1)) == ["here"]


def test_a_server_that_stops_while_it_is_made_has_nothing_to_complain_of() -> None:
    may_go_on = threading.Event()

    def make() -> ASGIApp:
        assert may_go_on.wait(10)
        return PlainTextResponse("here")

    async def stop() -> None:
        preparing = asyncio.create_task(Later(make).prepare_beside())
        await asyncio.sleep(0)
        preparing.cancel()
        await asyncio.sleep(0)
        may_go_on.set()
        assert await preparing is None

    asyncio.run(stop())
