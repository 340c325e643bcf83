"""Empty databases for one run, on a server that is there already; the dead leave none behind."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

__all__ = ["connect", "create_scratch_database", "drop_database", "scratch_database"]

SCRATCH = "scratch"
CONNECT_TIMEOUT_S = 10.0
STATEMENT_TIMEOUT_S = 120.0  # Making and dropping databases waits for checkpoints.
_numbers = itertools.count(1)


@asynccontextmanager
async def scratch_database(server_url: str) -> AsyncIterator[str]:
    """An empty database on this server, dropped at the end; yields its address."""
    url = await create_scratch_database(server_url)
    try:
        yield url
    finally:
        await asyncio.shield(drop_database(server_url, url))


async def create_scratch_database(server_url: str) -> str:
    """Make an empty database and return its address; what killed processes have left is dropped."""
    await _drop_databases_of_the_dead(server_url)
    name = f"{SCRATCH}_{os.getpid()}_{next(_numbers)}"
    await _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    # Nothing is lost when the last commits of a scratch database are lost with the machine.
    await _execute(server_url, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


async def drop_database(server_url: str, url: str) -> None:
    """Drop the database that `url` names, with whoever is still connected to it."""
    name = urlsplit(url).path.removeprefix("/")
    await _execute(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def connect(url: str) -> asyncpg.Connection:
    """A connection that gives up on a server or a statement that does not answer."""
    return await asyncpg.connect(
        url, timeout=CONNECT_TIMEOUT_S, command_timeout=STATEMENT_TIMEOUT_S
    )


async def _execute(url: str, statement: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _drop_databases_of_the_dead(server_url: str) -> None:
    """Drop scratch databases whose process has ended without doing so."""
    connection = await connect(server_url)
    try:
        rows = await connection.fetch(
            "SELECT datname FROM pg_database WHERE datname ~ $1", f"^{SCRATCH}_[0-9]+_[0-9]+$"
        )
        for (name,) in rows:
            if not psutil.pid_exists(int(name.split("_")[1])):
                await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()
