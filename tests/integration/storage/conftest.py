"""Both stores, ready to be opened: PostgreSQL with its schema, and memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import pytest

from bot_trading.storage import schema
from bot_trading.storage.database import Database
from bot_trading.storage.memory import Memory, MemoryStore
from bot_trading.storage.tables import metadata
from readiness.scratch_database import create_scratch_database, drop_database

MakeStore = Callable[[], "Database | MemoryStore"]


@pytest.fixture(scope="session")
def shared_url(postgres_url: str) -> Iterator[str]:
    """Address of one migrated database for all tests that leave its schema and settings alone."""
    url = asyncio.run(create_scratch_database(postgres_url))
    asyncio.run(schema.upgrade(url))
    yield url
    asyncio.run(drop_database(postgres_url, url))


@pytest.fixture
async def schema_url(shared_url: str) -> str:
    """Address of a database with this release's schema and no rows."""
    connection = await asyncpg.connect(shared_url)
    newest_first = reversed(metadata.sorted_tables)
    await connection.execute(";".join(f"DELETE FROM {table}" for table in newest_first))  # noqa: S608
    await connection.close()
    return shared_url


@pytest.fixture(params=["postgres", "memory"])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """Address of a migrated database, or None where memory is the store."""
    return request.getfixturevalue("schema_url") if request.param == "postgres" else None


@pytest.fixture
async def make_store(store_url: str | None) -> AsyncIterator[MakeStore]:
    """Makes stores over one and the same database, or one and the same memory."""
    made: list[Database | MemoryStore] = []
    memory = Memory()

    def make() -> Database | MemoryStore:
        made.append(MemoryStore(memory) if store_url is None else Database(store_url))
        return made[-1]

    yield make
    for store in made:
        await store.close()


@pytest.fixture
async def store(make_store: MakeStore) -> Database | MemoryStore:
    """A store that is open for account "main"."""
    made = make_store()
    await made.open("main")
    return made


@pytest.fixture
async def database(schema_url: str) -> AsyncIterator[Database]:
    """PostgreSQL, open for account "main"."""
    made = Database(schema_url)
    await made.open("main")
    yield made
    await made.close()
