"""Both stores, ready to be opened: PostgreSQL with its schema, and memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from bot_trading.storage import schema
from bot_trading.storage.database import Database
from bot_trading.storage.memory import Memory, MemoryStore

MakeStore = Callable[[], "Database | MemoryStore"]


@pytest.fixture
async def schema_url(database_url: str) -> str:
    """Address of a database with this release's schema and no rows."""
    await schema.upgrade(database_url)
    return database_url


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
