"""Fixtures that every test may ask for: a real PostgreSQL, and an empty database per test."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot_trading.storage import embedded
from readiness.scratch_database import create_scratch_database, drop_database, scratch_database

# A machine under load is slow: no example fails for the time that it took.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

TESTS = Path(__file__).parent
# These start programs and live sessions; begun last, one of them would keep everybody waiting.
LONGEST = ("integration/", "system/", "simulation/", "unit/readiness/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests take longest come first."""
    items.sort(key=lambda one: not one.path.relative_to(TESTS).as_posix().startswith(LONGEST))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a fresh database of this test session, on DATABASE_URL's server or the bundled."""
    with embedded.database_url(os.environ) as server_url:
        url = asyncio.run(create_scratch_database(server_url))
        yield url
        asyncio.run(drop_database(server_url, url))


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """Address of an empty database of this test alone; it is dropped after the test."""
    async with scratch_database(postgres_url) as url:
        yield url


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process sets the level of its logs: not of the next's."""
    root = logging.getLogger()
    level, disabled = root.level, root.manager.disable
    yield
    root.setLevel(level)
    logging.disable(disabled)
