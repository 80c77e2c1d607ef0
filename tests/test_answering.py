"""Links are asked whether they answer, on demand, and never in the network of whoever asks."""

import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from newsletter.cli.app import run
from newsletter.project.answering import Trouble, ask, is_public
from tests.certificates import make_certificate

#: What the pages of the site answer: a status, or where they lead.
PAGES: dict[str, int | str] = {
    "/": 200,
    "/gone": 410,
    "/missing": 404,
    "/broken": 503,
    "/members": 403,
    "/busy": 429,
    "/old": "/",
    "/lost": "/missing",
    "/circle": "/circle",
    "/home": "http://10.0.0.1/",
    "/file": "file:///etc/passwd",
    "/%C3%A9t%C3%A9?q=%C3%A9": 200,
}


class Site(BaseHTTPRequestHandler):
    """A site of many pages."""

    def do_GET(self) -> None:
        says = PAGES.get(self.path, 400)
        self.send_response(302 if isinstance(says, str) else says)
        if isinstance(says, str):
            self.send_header("Location", says)
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Not a word."""


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The same site under TLS, and the file of its certificate, which nobody has signed but itself."""
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}", certificate
        server.shutdown()


def on_loopback(address: str) -> bool:
    return address == "127.0.0.1"


def asked(*urls: str) -> dict[str, tuple[str, str]]:
    """Code and reason of each that has trouble."""
    found = ask(list(urls), may_reach=on_loopback)
    return {url: (trouble.rule.code, trouble.reason) for url, trouble in found.items()}


@pytest.mark.parametrize("path", ["/", "/old", "/members", "/busy", "/été?q=é", "/%C3%A9t%C3%A9?q=%C3%A9", ""])
def test_a_page_that_is_there_has_no_trouble_nor_one_that_lets_no_program_in(site: str, path: str) -> None:
    assert asked(site + path) == {}


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/gone", "link-dead", "410"),
        ("/missing", "link-dead", "404"),
        ("/lost", "link-dead", "404"),
        ("/broken", "link-silent", "503"),
        ("/circle", "link-silent", "302"),
    ],
)
def test_a_page_that_is_gone_is_told_from_one_that_does_not_answer(
    site: str, path: str, code: str, reason: str
) -> None:
    assert asked(site + path) == {site + path: (code, reason)}


@pytest.mark.parametrize("path", ["/home", "/file"])
def test_no_redirection_leads_into_a_private_network_or_to_a_file(site: str, path: str) -> None:
    ((code, reason),) = asked(site + path).values()
    assert code == "link-silent"
    assert "private network" in reason or "no page of the web" in reason


def test_a_certificate_that_nobody_trusts_is_told_and_one_that_is_trusted_is_not(
    encrypted: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, certificate = encrypted
    ((code, reason),) = asked(f"{site}/").values()
    assert code == "link-silent"
    assert reason.startswith("its certificate is not valid: self")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert list(asked(f"{site}/", f"{site}/missing")) == [f"{site}/missing"]


def test_under_tls_too_no_private_network_is_asked(encrypted: tuple[str, Path]) -> None:
    site, _certificate = encrypted
    ((_code, reason),) = ((one.rule.code, one.reason) for one in ask([site]).values())
    assert "private network" in reason


def test_many_are_asked_each_for_itself(site: str) -> None:
    urls = [f"{site}/{path}" for path in ("", "missing", "old", "gone")]
    assert list(asked(*urls)) == [urls[1], urls[3]]


def test_a_host_that_does_not_listen_or_does_not_exist_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    nobody, nowhere = f"http://127.0.0.1:{port}/", "https://nowhere.invalid/"
    found = asked(nobody, nowhere, "http://[oops/")
    assert {code for code, _reason in found.values()} == {"link-silent"}
    assert len(found) == 3


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:127.0.0.1"]
)
def test_addresses_of_a_private_network_are_not_asked(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_are_asked() -> None:
    assert is_public("193.0.6.139")
    assert is_public("2001:67c:2e8:22::c100:68b")


def test_check_asks_only_when_told_to_and_names_the_place(
    sample_project: Path, site: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issues = sample_project / "content" / "issues"
    shutil.copy(issues / "2023-08-16-numero-156.md", issues / "2023-11-16-numero-157.md")
    with (issues / "2023-11-16-numero-157.md").open("a", encoding="utf-8") as file:
        file.write("\nVoyez [notre nouveau jardin](https://garden.invalid/plan).\n")
    spoken = ["--project", str(sample_project), "check", "157"]

    def refuse(*_asked: object, **_how: object) -> Trouble:
        raise AssertionError("nothing is asked")

    with monkeypatch.context() as deaf:
        deaf.setattr(socket, "getaddrinfo", refuse)
        assert run(spoken) == 0
    capsys.readouterr()
    monkeypatch.setattr(socket, "getaddrinfo", without("garden.invalid"))
    run([*spoken, "--online"])
    told = capsys.readouterr().out
    assert "2023-11-16-numero-157.md:" in told
    assert "The link https://garden.invalid/plan does not answer: there is no such host, or no network here." in told
    monkeypatch.setattr(socket, "getaddrinfo", without(""))
    run([*spoken, "--online"])
    assert "links were not asked: no host is known" in capsys.readouterr().out


def without(name: str) -> Callable[..., list[tuple[object, ...]]]:
    """A directory of names that does not know this one, nor any when it is ""; every other is of a private network."""

    def look_up(host: str, *_asked: object, **_how: object) -> list[tuple[object, ...]]:
        if host == name or not name:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]

    return look_up
