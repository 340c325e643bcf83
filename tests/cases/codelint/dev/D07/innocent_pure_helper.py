"""The helper's name sounds blocking; it only computes."""

import asyncio


def fetch_levels(book: dict, depth: int) -> list:
    return sorted(book["bids"], reverse=True)[:depth]


def wait_ms_left(deadline_ms: int, now_ms: int) -> int:
    return max(deadline_ms - now_ms, 0)


async def snapshot(book: dict, deadline_ms: int, now_ms: int) -> list:
    await asyncio.sleep(wait_ms_left(deadline_ms, now_ms) / 1000)
    return fetch_levels(book, 25)
