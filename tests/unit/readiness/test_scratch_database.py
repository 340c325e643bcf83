"""Scratch databases: empty, each its own, dropped at the end, and none left by the dead."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import urlsplit

import asyncpg

from readiness.scratch_database import create_scratch_database, drop_database, scratch_database


async def _names(server_url: str) -> set[str]:
    connection = await asyncpg.connect(server_url)
    try:
        return {name for (name,) in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


async def test_each_is_empty_and_its_own(postgres_url: str) -> None:
    """Two scratch databases at once are different, and both disappear at the end."""
    async with scratch_database(postgres_url) as one, scratch_database(postgres_url) as two:
        assert _name(one) != _name(two)
        assert {_name(one), _name(two)} <= await _names(postgres_url)
        connection = await asyncpg.connect(one)
        count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert await connection.fetchval(count) == 0
        await connection.close()
    assert not {_name(one), _name(two)} & await _names(postgres_url)


async def test_it_is_dropped_when_its_user_fails(postgres_url: str) -> None:
    """An exception inside, even with a connection left open, does not leave a database."""
    scratch = scratch_database(postgres_url)
    url = await scratch.__aenter__()
    connection = await asyncpg.connect(url)
    failure = RuntimeError("on purpose")
    assert not await scratch.__aexit__(RuntimeError, failure, None)
    assert _name(url) not in await _names(postgres_url)
    await connection.close()


async def test_what_the_dead_have_left_is_dropped(postgres_url: str) -> None:
    """A database of a process that is gone is dropped by the next one that needs a database."""
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:  # noqa: ASYNC220
        pass
    left = f"scratch_{process.pid}_1"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f'CREATE DATABASE "{left}" TEMPLATE template0')
    await connection.close()
    url = await create_scratch_database(postgres_url)
    assert left not in await _names(postgres_url)
    await drop_database(postgres_url, url)


async def test_dropping_twice_is_no_error(postgres_url: str) -> None:
    """Whoever cleans up may come second."""
    url = await create_scratch_database(postgres_url)
    await drop_database(postgres_url, url)
    await drop_database(postgres_url, url)
    assert _name(url) not in await _names(postgres_url)
