"""Fixtures of the stories."""

from tests.store.databases import database_url, postgresql_schema, postgresql_url
from tests.stories.commands import type_

__all__ = ["database_url", "postgresql_schema", "postgresql_url", "type_"]
