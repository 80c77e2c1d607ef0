"""Fixtures of the stories."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mailroom import Mailroom
from tests.store.databases import database_url, postgresql_schema, postgresql_url
from tests.stories.commands import type_
from tests.stories.reckoning import PEOPLE

__all__ = ["database_url", "mailroom", "postgresql_schema", "postgresql_url", "type_"]


@pytest.fixture
def mailroom(tmp_path: Path) -> Iterator[Mailroom]:
    """A database with thirty readers; a story of a crowd has its own."""
    room = Mailroom(tmp_path, people=PEOPLE)
    yield room
    room.close()
