import asyncio
import json
import subprocess
import sys
from pathlib import Path

import httpx
from starlette.routing import Route

from newsletter.web.studio.app import make_studio
from newsletter.web.studio.rooms import Rooms
from tests.web.conftest import TOKEN
from tests.web.paper import PaperProject


def _rooms(project: PaperProject) -> Rooms:
    rooms = make_studio(project, token=TOKEN, port=8024).state.rooms
    assert isinstance(rooms, Rooms)
    return rooms


async def _ask(rooms: Rooms, *paths: str) -> list[int]:
    transport = httpx.ASGITransport(app=rooms)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return [answer.status_code for answer in await asyncio.gather(*map(client.get, paths))]


def test_they_are_opened_by_whoever_asks_first(project: PaperProject) -> None:
    rooms = _rooms(project)
    assert not rooms.is_open
    assert asyncio.run(_ask(rooms, "/issues/numero-157/proof")) == [200]
    assert rooms.is_open
    assert rooms.make_next()  # others are left


def test_each_is_made_once_however_many_ask(project: PaperProject) -> None:
    rooms = _rooms(project)
    asked = ["/places", "/issues/numero-157/mail", "/issues/numero-157/proof"] * 3
    assert asyncio.run(_ask(rooms, *asked)) == [200] * len(asked)
    assert not rooms.make_next()
    assert rooms._app
    addresses = [
        (route.path, *sorted(route.methods or ())) for route in rooms._app.router.routes if isinstance(route, Route)
    ]
    assert len(set(addresses)) == len(addresses) == len(rooms._app.router.routes)


#: In a process of its own: which pages of a project answer how, and what they brought of a telemetry.
_FRESH = """
import asyncio, json, sys
from pathlib import Path
import httpx
from newsletter.project import Project
from newsletter.web.studio.app import make_studio
rooms = make_studio(Project.open(Path(sys.argv[1])), token="t", port=8024).state.rooms
async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=rooms), base_url="http://127.0.0.1") as client:
        paths = ("/subscribers", "/subscribers/none", "/subscribers?page=none")
        return [(await client.get(path)).status_code for path in paths]
print(json.dumps([asyncio.run(ask()), sorted({"opentelemetry.trace", "opentelemetry.metrics"} & {*sys.modules})]))
"""


def test_rooms_answer_without_the_telemetry_that_fastapi_brings(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _FRESH, str(folder)], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [[200, 404, 422], []]


def test_what_no_room_has_is_looked_for_in_all(project: PaperProject) -> None:
    rooms = _rooms(project)
    assert asyncio.run(_ask(rooms, "/nowhere")) == [404]
    assert not rooms.make_next()


def test_a_server_that_stops_while_they_are_made_has_nothing_to_complain_of(project: PaperProject) -> None:
    async def stop(rooms: Rooms) -> None:
        for making in (rooms.open(), rooms.make_all()):
            task = asyncio.create_task(making)
            await asyncio.sleep(0)
            task.cancel()
            assert await task is None

    asyncio.run(stop(_rooms(project)))
