import pytest

from newsletter.web.studio.app import make_studio
from newsletter.web.studio.guard import key_of
from tests.web.asking import Asking
from tests.web.conftest import HOST, PORT, TOKEN
from tests.web.paper import PaperProject


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:8026",
        "localhost:80",
        "evil.example:8025",
        "127.0.0.1.evil.example:8025",
        "",
    ],
)
def test_a_rebound_name_is_not_served_even_with_the_cookie(editor: Asking, host: str) -> None:
    assert editor.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "path", ["/", "/issues/numero-157/proof", "/issues/numero-157/mail", "/static/tokens.css", "/events"]
)
def test_nothing_is_shown_without_the_token(stranger: Asking, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "rivières" not in answer.text


def test_the_token_is_given_once_and_leaves_the_address(stranger: Asking) -> None:
    answer = stranger.get("/issues/numero-157/proof", params={"token": TOKEN})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/issues/numero-157/proof"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.get("/").status_code == 200


def test_what_a_browsers_command_line_shows_opens_once(project: PaperProject) -> None:
    studio = make_studio(project, token=TOKEN, port=PORT, ticket="ticket")
    given = ("", "ticket", "ticket", TOKEN, TOKEN)
    answers = [Asking(studio, base_url=HOST).get("/", params={"token": token}) for token in given]
    assert [answer.status_code for answer in answers] == [403, 303, 403, 303, 303]
    assert answers[1].headers["set-cookie"] == answers[3].headers["set-cookie"]


def test_the_welcome_never_redirects_elsewhere(stranger: Asking) -> None:
    answer = stranger.get(f"{HOST}//evil.example/x", params={"token": TOKEN})
    assert answer.headers["location"].startswith("/evil.example")


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "é"])
def test_another_token_opens_nothing(stranger: Asking, token: str) -> None:
    assert stranger.get("/", params={"token": token}).status_code == 403
    assert stranger.get("/", headers={"Cookie": f"studio_8025={token}".encode()}).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8026", "https://127.0.0.1:8025"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_from_another_site_is_refused(editor: Asking, origin: str, method: str) -> None:
    assert editor.request(method, "/", headers={"Origin": origin}).status_code == 403


def test_a_change_must_say_where_it_comes_from(editor: Asking) -> None:
    assert editor.post("/").status_code == 403
    assert editor.post("/", headers={"Origin": HOST}).status_code == 405


def test_no_other_site_may_read_an_answer(editor: Asking) -> None:
    assert "access-control-allow-origin" not in editor.get("/", headers={"Origin": HOST}).headers


def test_the_key_of_pictures_is_not_the_token_and_opens_only_them(stranger: Asking) -> None:
    key = key_of(TOKEN)
    assert TOKEN not in key
    assert stranger.get(f"/kept/{key}/uploads/rivieres.png").status_code == 200
    assert stranger.get("/kept/wrong/uploads/rivieres.png").status_code == 403
    assert stranger.get(f"/kept/{key}/../../issues/numero-157/proof").status_code == 403


def test_a_malformed_cookie_is_no_crash(stranger: Asking) -> None:
    assert stranger.get("/", headers={"Cookie": "a[]=;;;=="}).status_code == 403
