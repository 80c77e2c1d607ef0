"""Both databases, for every test that asks for one."""

from tests.store.databases import audience, database_url, delivery, engine, postgresql_schema, postgresql_url, sqlite

__all__ = ["audience", "database_url", "delivery", "engine", "postgresql_schema", "postgresql_url", "sqlite"]
