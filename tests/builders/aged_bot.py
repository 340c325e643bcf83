"""The v2 bot as a process of its own, as its users run it, for the length of a test."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from legacy_v2.exchange import BybitExchange
from tests.builders.simulator_process import ROOT

__all__ = ["run_v2", "v2_exchange", "v2_process"]


def v2_exchange(announced: dict[str, Any]) -> BybitExchange:
    """v2's own client on the account that a simulator announced."""
    place = announced["bybit"]
    return BybitExchange(place["rest_url"], place["api_key"], place["api_secret"])


@asynccontextmanager
async def v2_process(
    announced: dict[str, Any], database_url: str, *options: str, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The running bot; it is asked to stop at the end of the block, and stops."""
    place = announced["bybit"]
    keys = {
        "BYBIT_API_KEY": place["api_key"],
        "BYBIT_API_SECRET": place["api_secret"],
        "DATABASE_URL": database_url,
        "TZ": "UTC",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "legacy_v2", "--rest-url", place["rest_url"], *options),
        cwd=ROOT,
        env={**os.environ, **keys, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), 30)


async def run_v2(
    announced: dict[str, Any], database_url: str, *options: str, **environment: str
) -> tuple[int | None, str]:
    """Run the bot until it ends by itself; its exit code and what it said."""
    async with v2_process(announced, database_url, *options, **environment) as process:
        _, said = await asyncio.wait_for(process.communicate(), 90)
        return process.returncode, said.decode()
