from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.i18n import speaking
from newsletter.project import Project
from newsletter.web.public.app import make_public
from newsletter.web.studio.app import make_studio
from newsletter.web.studio.project import StudioProject
from tests.fault_server import FaultServer
from tests.web.asking import Asking
from tests.web.office import make_office
from tests.web.paper import EML, PaperProject
from tests.web.rivers import write_rivers

PORT = 8025
HOST = f"http://127.0.0.1:{PORT}"
TOKEN = "a-token-for-this-run"
#: One pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f000385018050b5b5a90000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def project(tmp_path: Path) -> PaperProject:
    project = PaperProject(tmp_path)
    project.write_article("rivieres.md", "<p>Un cours d’eau peut-il porter plainte ?</p>")
    project.write_issue("numero-157", "Ce que disent les rivières", "rivieres.md")
    (tmp_path / "content/uploads/rivieres.png").write_bytes(PNG)
    project.rehearse(4, "camille.eml", EML)
    return project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a real project, with real files."""
    write_rivers(tmp_path)
    (tmp_path / "content/uploads").mkdir()
    (tmp_path / "content/uploads/rivieres.png").write_bytes(PNG)
    return tmp_path


@pytest.fixture
def stranger(project: PaperProject) -> Asking:
    """A browser that was not given the token."""
    return Asking(make_studio(project, token=TOKEN, port=PORT), base_url=HOST)


@pytest.fixture
def editor(project: PaperProject) -> Asking:
    return clerk_of(project)


def clerk_of(project: StudioProject) -> Asking:
    """A browser that opened the printed address of this project's studio."""
    browser = Asking(make_studio(project, token=TOKEN, port=PORT), base_url=HOST)
    browser.get("/", params={"token": TOKEN})
    return browser


@pytest.fixture
def office(tmp_path: Path, server: FaultServer) -> Project:
    """The sample project, its last issue approved; a module that needs another one has its own."""
    return make_office(tmp_path / "projet", port=server.port, approved_by="Hélène Vasseur")


@pytest.fixture
def clerk(office: Project) -> Asking:
    """A browser that opened the office's studio."""
    return clerk_of(office)


@pytest.fixture
def reader(project: PaperProject) -> Asking:
    """Anybody on the internet."""
    return Asking(make_public(project), base_url="https://lettre.example.org")
