"""Two databases of this test alone, and what a right migration would have made of the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from readiness.scratch_database import scratch_database
from tests.builders.migrated_pair import Pair, make_pair


@pytest.fixture
async def pair(postgres_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    """Three thousand trades of v2, and the same trades in v3."""
    async with scratch_database(postgres_url) as source, scratch_database(postgres_url) as target:
        yield await make_pair(source, target, tmp_path, rows=3_000)
