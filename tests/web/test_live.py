import asyncio
import time
from pathlib import Path

import httpx

from newsletter.web.studio.app import make_studio
from newsletter.web.studio.guard import key_of
from newsletter.web.studio.live import Wire, watch
from tests.web.conftest import TOKEN
from tests.web.paper import PaperProject
from tests.web.served import served


def test_a_saved_file_is_told_to_the_open_page(project: PaperProject) -> None:
    with served(lambda port: make_studio(project, token=TOKEN, port=port)) as address, httpx.Client() as client:
        client.get(address, params={"token": TOKEN}, follow_redirects=True)
        with client.stream("GET", f"{address}/events", timeout=60) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "event: hello"
            project.write_article("rivieres.md", "<p>Nouveau</p>")
            assert next(line for line in lines if line == "event: changed")
        assert "Nouveau" in client.get(f"{address}/issues/numero-157/mail").text


def test_a_page_that_listens_late_learns_when_a_file_last_changed() -> None:
    async def first_words(wire: Wire) -> int:
        events = wire._events()
        hello = await anext(events)
        await events.aclose()
        return int(hello["data"])

    wire = Wire()
    assert asyncio.run(first_words(wire)) == 0
    asked_at = time.time_ns() // 1_000_000
    wire.tell("height", "ab12 4200")
    wire.tell("changed", "")
    assert asked_at <= asyncio.run(first_words(wire)) <= time.time_ns() // 1_000_000


def test_the_height_of_a_mail_is_passed_on_even_to_a_page_that_listens_late(project: PaperProject) -> None:
    with served(lambda port: make_studio(project, token=TOKEN, port=port)) as address, httpx.Client() as client:
        assert client.get(f"{address}/kept/{key_of(TOKEN)}/ruler/ab12/4200").status_code == 204
        client.get(address, params={"token": TOKEN}, follow_redirects=True)
        with client.stream("GET", f"{address}/events", timeout=60) as stream:
            assert next(line for line in stream.iter_lines() if line == "data: ab12 4200")


def test_the_server_stops_while_a_page_listens(project: PaperProject) -> None:
    with httpx.Client() as client:
        with served(lambda port: make_studio(project, token=TOKEN, port=port)) as address:
            client.get(address, params={"token": TOKEN}, follow_redirects=True)
            stream = client.send(client.build_request("GET", f"{address}/events"), stream=True)
            lines = stream.iter_lines()
            assert next(lines) == "event: hello"
        assert "event: changed" not in list(lines)


def test_no_more_heights_are_remembered_than_pages_may_want() -> None:
    wire = Wire()
    for number in range(1000):
        wire.tell_height(f"r{number}", number)
    assert len(wire._heights) == 64
    assert "r999" in wire._heights


def test_a_file_that_is_made_while_the_page_is_open_is_told_and_so_is_the_one_that_replaces_it(
    project: PaperProject,
) -> None:
    settings, other = project.folder / "segments.toml", project.folder / "other.toml"
    project.watched = [settings]
    with served(lambda port: make_studio(project, token=TOKEN, port=port)) as address, httpx.Client() as client:
        client.get(address, params={"token": TOKEN}, follow_redirects=True)
        with client.stream("GET", f"{address}/events", timeout=60) as stream:
            lines = stream.iter_lines()
            for text in ("[namur]", "[liege]"):
                other.write_text(text)
                other.replace(settings)
                assert next(line for line in lines if line == "event: changed")


def test_a_folder_that_does_not_exist_is_no_error(tmp_path: Path) -> None:
    async def follow() -> list[None]:
        return [burst async for burst in watch([tmp_path / "absent"], stop=asyncio.Event())]

    assert asyncio.run(follow()) == []
