"""Aged v2 databases for tests, made without holding up the event loop."""

from __future__ import annotations

import asyncio

from legacy_v2.aged import AgedDatabase, age

__all__ = ["an_aged_database"]


async def an_aged_database(
    database_url: str,
    *,
    rows: int = 1_000,
    seed: int = 7,
    dirt: tuple[str, ...] = (),
    dirt_rows: int | None = None,
    zone: str = "UTC",
) -> AgedDatabase:
    """Fill an empty database with `rows` orders and what belongs to them; what was made."""
    return await asyncio.to_thread(
        age, database_url, rows=rows, seed=seed, dirt=dirt, dirt_rows=dirt_rows, zone=zone
    )
