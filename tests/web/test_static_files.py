import pytest
from starlette.applications import Starlette

from newsletter.web.pages import STATIC
from newsletter.web.static_files import static_route
from tests.web.asking import Asking


@pytest.fixture
def client() -> Asking:
    return Asking(Starlette(routes=[static_route()]), base_url="http://127.0.0.1")


def test_a_script_is_answered_as_it_is(client: Asking) -> None:
    answer = client.get("/static/live.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.content == (STATIC / "live.js").read_bytes()


def test_several_sheets_are_one_answer_in_the_order_asked_for(client: Asking) -> None:
    answer = client.get("/static/parts+tokens.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.content == (STATIC / "parts.css").read_bytes() + (STATIC / "tokens.css").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "nowhere.css",
        "live.css",
        "tokens+.css",
        "tokens",
        ".css",
        "+.css",
        "..%2Fpages.py",
        "%2e%2e/pages.py",
        "tokens.css+frame.css",
        "/etc/passwd",
    ],
)
def test_nothing_else_is_there(client: Asking, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_no_short_address_has_a_long_answer(client: Asking) -> None:
    """Whoever could name a sheet a thousand times would be sent it a thousand times."""
    assert client.get("/static/tokens+frame+tokens.css").status_code == 404
