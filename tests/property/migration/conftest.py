"""One read-only session on a real PostgreSQL, in which conversions are tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migration.databases import Connection, connect_source


@pytest.fixture(scope="session")
def session(postgres_url: str) -> Iterator[Connection]:
    """A session as the migration reads v2 with."""
    with connect_source(postgres_url) as connection:
        yield connection
