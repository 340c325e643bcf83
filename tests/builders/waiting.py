"""Waiting for something to become true, for a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["wait_until"]


async def wait_until(condition: Callable[[], object], timeout_s: float = 30.0) -> None:
    """Poll every five milliseconds; AssertionError when it never becomes true."""
    for _ in range(round(timeout_s / 0.005)):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"did not become true within {timeout_s} s")
