"""One session of the bot as a process of its own, which a test may kill at any moment.

The process reads what it is given as one JSON line from its input, runs until SIGTERM, and prints
the summary of its run as one JSON line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

from bot_trading.session import run_session
from tests.builders.sessions import a_session, settings_for
from tests.builders.simulator_process import ROOT

__all__ = ["session_process"]


@contextlib.asynccontextmanager
async def session_process(
    announced: dict[str, Any],
    database_url: str,
    account: str,
    changes: dict[str, dict[str, Any]],
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running bot; it ends with the block in any case."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.builders.session_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    given = {"announced": announced, "url": database_url, "account": account, "changes": changes}
    try:
        if process.stdin is None:
            raise RuntimeError("the bot's input is a pipe")
        process.stdin.write(json.dumps(given).encode() + b"\n")
        await process.stdin.drain()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _run(given: dict[str, Any]) -> dict[str, Any]:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = settings_for(given["announced"], **given["changes"])
    session = a_session(given["announced"], settings, given["url"], given["account"], None)
    return await run_session(session, stop)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_run(json.loads(sys.stdin.readline())))) + "\n")
