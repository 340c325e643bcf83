"""Fixtures that every test may ask for: a real PostgreSQL, and an empty database per test."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil
import pytest

from bot_trading.storage import embedded

PREFIX = "bot_trading_test"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a fresh database of this test session, on DATABASE_URL's server or the bundled."""
    with embedded.database_url(os.environ) as server_url:
        name = _name_of_session(os.getpid())
        asyncio.run(_remove_databases_of_dead_sessions(server_url))
        asyncio.run(_execute(server_url, f'CREATE DATABASE "{name}"'))
        # A test loses nothing when its last commits are lost with the machine.
        asyncio.run(_execute(server_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        yield _with_database(server_url, name)
        asyncio.run(_execute(server_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """Address of an empty database of this test alone; it is dropped after the test."""
    name = f"{_name_of_session(os.getpid())}_{next(_numbers)}"
    await _execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    await _execute(postgres_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    yield _with_database(postgres_url, name)
    await _execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _name_of_session(process_id: int) -> str:
    return f"{PREFIX}_{process_id}"


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _remove_databases_of_dead_sessions(server_url: str) -> None:
    """Drop what sessions that were killed have left; a living session's databases stay."""
    connection = await asyncpg.connect(server_url)
    try:
        rows = await connection.fetch(
            "SELECT datname FROM pg_database WHERE datname ~ $1", f"^{PREFIX}_[0-9]+"
        )
        for (name,) in rows:
            owner = int(name.removeprefix(f"{PREFIX}_").partition("_")[0])
            if not psutil.pid_exists(owner):
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()
