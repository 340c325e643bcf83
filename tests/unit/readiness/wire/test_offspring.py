"""What a run has started is known by its mark, and ended."""

from __future__ import annotations

import asyncio
import os
import sys

from readiness.wire.offspring import MARK, end_offspring, offspring

SLEEPS = "import time; print('up', flush=True); time.sleep({})"


async def _start(run: str, seconds: float) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SLEEPS.format(seconds),
        env={**os.environ, MARK: run},
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    return process


async def test_only_what_carries_the_mark_is_ended() -> None:
    """A process of another run, in a session of its own as well, lives on."""
    ours, other = await _start("test-a", 600), await _start("test-b", 600)
    try:
        assert [process.pid for process in offspring("test-a")] == [ours.pid]
        assert await end_offspring("test-a", 0.0) == 1
        assert offspring("test-a") == []
        assert [process.pid for process in offspring("test-b")] == [other.pid]
    finally:
        assert await end_offspring("test-b", 0.0) == 1
        await asyncio.gather(ours.wait(), other.wait())


async def test_what_ends_by_itself_is_not_killed() -> None:
    """It has the time that a parent needs to end its children."""
    process = await _start("test-c", 0.2)
    assert await end_offspring("test-c") == 0
    assert await process.wait() == 0
