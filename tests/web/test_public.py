import logging

import pytest

from newsletter.errors import StoreError
from newsletter.web.public.app import make_public
from tests.web.asking import Asking
from tests.web.conftest import PNG
from tests.web.paper import PaperProject

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_only_a_post_unsubscribes(reader: Asking, project: PaperProject, method: str) -> None:
    answer = reader.request(method, "/u/good")
    assert answer.status_code == (200 if method in ("GET", "HEAD") else 405)
    assert project.left == []


def test_a_copy_is_shown_to_anybody_and_kept_for_good(reader: Asking, project: PaperProject) -> None:
    name = "0123456789abcdef01234567.png"
    (project.folder / "var/copies").mkdir(parents=True)
    (project.folder / "var/copies" / name).write_bytes(PNG)
    answer = reader.get(f"/i/{name}")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers
    assert reader.request("HEAD", f"/i/{name}").status_code == 200


@pytest.mark.parametrize("path", ["/i/", "/i/none.png", "/i/..%2Fnewsletter.db", "/i/%2e%2e/newsletter.toml"])
def test_nothing_but_copies_is_there(reader: Asking, path: str) -> None:
    assert reader.get(path).status_code == 404


def test_the_page_is_one_form_with_one_button(reader: Asking) -> None:
    page = reader.get("/u/good").text
    assert page.count("<form") == page.count("<button") == 1
    assert 'method="post"' in page
    assert "Coopérateurs et coopératrices" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
    ],
)
def test_a_mail_program_unsubscribes_in_one_click(
    reader: Asking, project: PaperProject, body: dict[str, object]
) -> None:
    answer = reader.post("/u/good", headers={"User-Agent": ""}, **body)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert project.left == ["good"]


def test_another_sites_page_may_post_too_since_the_token_is_the_authority(
    reader: Asking, project: PaperProject
) -> None:
    assert reader.post("/u/good", data=ONE_CLICK, headers={"Origin": "https://mail.example"}).status_code == 200
    assert project.left == ["good"]


def test_unsubscribing_twice_is_unsubscribing_once(reader: Asking, project: PaperProject) -> None:
    first, second = (reader.post("/u/good", data=ONE_CLICK) for _time in range(2))
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert project.left == ["good"]


@pytest.mark.parametrize("token", ["bad", "good2", "GOOD", "%00", "é", "a" * 4000])
def test_an_unknown_token_gets_the_same_answer(reader: Asking, project: PaperProject, token: str) -> None:
    known, unknown = reader.post("/u/good"), reader.post(f"/u/{token}")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert reader.get(f"/u/{token}").status_code == 200
    assert project.left == ["good"]


@pytest.mark.parametrize("path", ["/u/good", "/u/bad", "/v/good", "/v/bad", "/nowhere"])
def test_no_page_is_kept_indexed_or_told_to_others(reader: Asking, path: str) -> None:
    headers = reader.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]


def test_the_letter_is_shown_as_it_was_sent_and_can_run_nothing(reader: Asking) -> None:
    answer = reader.get("/v/good")
    assert "<p>Bonjour,</p>" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "allow-scripts" not in answer.headers["content-security-policy"]
    assert reader.post("/v/good").status_code == 405


@pytest.mark.parametrize("path", ["/v/bad", "/", "/u/", "/u/good/", "/u/a/b", "/u/..%2Fgood", "/docs", "/openapi.json"])
def test_what_does_not_exist_is_a_gentle_404(reader: Asking, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_robots_stay_out_and_health_answers(reader: Asking) -> None:
    assert reader.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert reader.get("/health").text == "ok\n"


def test_no_token_is_ever_logged(reader: Asking, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for method in ("GET", "POST"):
            reader.request(method, "/u/good")
        reader.get("/v/good")
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [record for record in ours if "good" in record.getMessage()]


class ClosedDesk(PaperProject):
    """A project whose database cannot be opened."""

    def unsubscribe(self, token: str) -> bool:
        raise StoreError("the database is locked")


def test_a_failing_store_is_told_to_the_mail_program_so_that_it_tries_again(
    project: PaperProject, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A server started by another test may have silenced the loggers that were there before it.
    log = logging.getLogger("newsletter.web.public.app")
    monkeypatch.setattr(log, "disabled", False)
    log.addHandler(caplog.handler)
    reader = Asking(make_public(ClosedDesk(project.folder)), base_url="https://lettre.example.org")
    answer = reader.post("/u/good", data=ONE_CLICK)
    assert answer.status_code == 503
    assert "locked" not in answer.text
    log.removeHandler(caplog.handler)
    assert "the database is locked" in caplog.text
