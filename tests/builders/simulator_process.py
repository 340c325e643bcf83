"""The exchange simulator as a process of its own, for tests that trade over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MARKET_DATA = ROOT.parent / "shared" / "data" / "market"


@contextlib.asynccontextmanager
async def simulator_process(*options: str) -> AsyncIterator[dict[str, Any]]:
    """What the simulator announced; it ends with the block, and with this process in any case."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exchange_simulator", "--json", "--port", "0"),
        *("--until-stdin-closes", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    if process.stdout is None:
        raise RuntimeError("the simulator's output is a pipe")
    try:
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError("the simulator did not start; its reason is on stderr")
        announced: dict[str, Any] = json.loads(line)
        yield announced
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
