"""What every test may lean on: English sentences, a still clock, and no test skipped where none may be."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.i18n import speaking
from tests.fault_server import FaultServer


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def now() -> datetime:
    """A Wednesday morning in August 2023, a week before the sample issue is planned."""
    return datetime(2023, 8, 16, 7, 0, tzinfo=UTC)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """With NEWSLETTER_NO_SKIP set (continuous integration), a test that skips has failed."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("NEWSLETTER_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A mail server that takes everything; a module that needs another one has its own."""
    with FaultServer() as server:
        yield server


@pytest.fixture
def sample_project(tmp_path: Path) -> Path:
    """A folder that `newsletter init` made."""
    from newsletter.project import create_project

    folder = tmp_path / "projet"
    create_project(folder)
    return folder
