import asyncio
import contextlib
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import httpx
import pytest

from newsletter.editorial import images
from newsletter.errors import ContentError
from newsletter.web.studio.app import make_studio
from tests.web.conftest import TOKEN
from tests.web.paper import PaperProject
from tests.web.served import served

#: What the first page has no use for.
HEAVY = (
    *("fastapi", "pydantic", "sse_starlette", "uvicorn.main"),
    *("sqlalchemy", "alembic", "aiosmtplib", "mjml", "premailer", "lxml", "markdown_it", "nh3", "babel"),
    *("newsletter.audience.columns", "newsletter.model.mailings", "newsletter.model.edits"),
    *("newsletter.web.studio.new_issue", "newsletter.web.studio.people", "newsletter.web.studio.reports"),
)
PROGRAM = """
import asyncio, sys
from pathlib import Path
import httpx
from newsletter.cli.app import make_app
from newsletter.project import Project, create_project
from newsletter.web.serving import make_server
from newsletter.web.studio import door
from newsletter.web.studio.app import make_studio

make_app("composing")
folder = Path(sys.argv[1])
create_project(folder)
app = make_studio(Project.open(folder), token="t", port=8024)

async def ask():
    cookies, transport = {"studio_8024": "t"}, httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8024", cookies=cookies) as client:
        paths = ("/", "/static/tokens+frame.css", "/static/studio.js", *sys.argv[2:])
        return [(await client.get(path)).status_code for path in paths]

print(*asyncio.run(ask()), *(name for name in HEAVY if name in sys.modules))
"""


def _imported(folder: Path, *more: str) -> set[str]:
    """What of HEAVY a process has imported that has answered `/`, its sheets, its script, and what `more` asks for."""
    command = [sys.executable, "-c", f"HEAVY = {HEAVY!r}\n{PROGRAM}", str(folder), *more]
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    statuses = [int(word) for word in words if word.isdigit()]
    assert statuses == [422 if path.endswith("page=none") else 200 for path in ("", "", "", *more)]
    return set(words[len(statuses) :])


def test_the_first_page_imports_nothing_it_has_no_use_for(tmp_path: Path) -> None:
    """It must stand a second after the command: a store, a renderer and FastAPI take longer than that to import."""
    assert _imported(tmp_path / "project") == set()


def test_whoever_has_seen_the_first_page_whole_finds_the_rooms_ready(tmp_path: Path) -> None:
    found = _imported(tmp_path / "project", "/?whole=true")
    assert {"fastapi", "sqlalchemy", "mjml", "premailer"} <= found
    assert "uvicorn.main" not in found


def test_whoever_leaves_the_first_page_waits_for_one_room_alone(tmp_path: Path) -> None:
    found = _imported(tmp_path / "project", "/issues/new")
    assert {"fastapi", "newsletter.web.studio.new_issue"} <= found
    assert not found & {"newsletter.web.studio.people", "newsletter.web.studio.reports", "sqlalchemy", "mjml"}


def test_rooms_made_without_half_of_fastapi_answer_and_refuse(tmp_path: Path) -> None:
    """Tests in one process find it imported already, and whole: here it is not."""
    _imported(tmp_path / "project", "/issues/new", "/subscribers", "/subscribers?page=none", "/reports", "/places")


def test_the_studio_collects_its_garbage_although_its_command_began_without(tmp_path: Path) -> None:
    program = """
import gc, os, signal, sys, threading
from pathlib import Path
import httpx
from newsletter.project import Project, create_project
from newsletter.web.studio.door import run_studio

def look(address):
    answer = httpx.get(address, follow_redirects=True)
    print(answer.status_code, gc.isenabled(), flush=True)
    os.kill(os.getpid(), signal.SIGINT)

gc.disable()
create_project(Path(sys.argv[1]))
announce = lambda address: threading.Thread(target=look, args=(address,)).start()
run_studio(Project.open(Path(sys.argv[1])), port=0, open_browser=False, announce=announce)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "project")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["200", "True"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Cookie": ""}, 403),
    ],
)
def test_a_stranger_is_refused_before_any_room_is_open(
    project: PaperProject, headers: dict[str, str], status: int
) -> None:
    with served(lambda port: make_studio(project, token=TOKEN, port=port)) as address, httpx.Client() as client:
        if "Cookie" not in headers:
            client.get(address, params={"token": TOKEN}, follow_redirects=True)
        for path in ("/", "/?whole=true", "/issues/numero-157/proof", "/subscribers", "/nowhere"):
            answer = client.get(f"{address}{path}", headers=headers)
            assert answer.status_code == status
            assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_who_knocks_at_many_rooms_at_once_finds_them_all(project: PaperProject) -> None:
    """They are made once, while the first page goes on being answered."""

    async def knock(address: str) -> list[int]:
        async with httpx.AsyncClient(base_url=address, follow_redirects=True) as client:
            await client.get("/", params={"token": TOKEN})
            paths = ["/issues/numero-157/proof", "/", "/places", "/issues/numero-157/mail", "/?whole=true", "/"]
            return [answer.status_code for answer in await asyncio.gather(*map(client.get, paths))]

    with served(lambda port: make_studio(project, token=TOKEN, port=port)) as address:
        assert asyncio.run(knock(address)) == [200] * 6


def test_the_rooms_are_made_while_pictures_are_measured(project: PaperProject) -> None:
    """FastAPI ignores warnings meanwhile, measuring raises them, and Python has one list of filters for both."""
    (project.folder / "damaged.jpg").write_bytes(b"\xff\xd8\xff")
    before, over = list(warnings.filters), threading.Event()

    def measure() -> None:
        while not over.is_set():
            with contextlib.suppress(ContentError):
                images.measure(project.folder / "damaged.jpg")

    measuring = threading.Thread(target=measure)
    measuring.start()
    try:
        rooms = make_studio(project, token=TOKEN, port=8024).state.rooms
        while rooms.make_next():
            pass
    finally:
        over.set()
        measuring.join(10)
    assert list(warnings.filters) == before
