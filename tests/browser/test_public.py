import pytest

from newsletter.web.public.app import make_public
from tests.browser.conftest import Watched, faults
from tests.web.paper import PaperProject
from tests.web.served import served

pytestmark = pytest.mark.browser


def test_a_reader_leaves_in_one_click(watched: Watched, project: PaperProject) -> None:
    with served(lambda _port: make_public(project)) as address:
        watched.page.goto(f"{address}/u/good")
        assert project.left == []
        assert faults(watched.page) == []
        watched.page.get_by_role("button").click()
        watched.page.get_by_role("heading").wait_for()
        assert project.left == ["good"]
        assert faults(watched.page) == []
    assert watched.errors == []
    assert watched.abroad == []


def test_the_online_letter_runs_nothing(watched: Watched, project: PaperProject) -> None:
    with served(lambda _port: make_public(project)) as address:
        watched.page.goto(f"{address}/v/good")
        assert watched.page.get_by_text("Bonjour,").is_visible()
    assert watched.abroad == []
