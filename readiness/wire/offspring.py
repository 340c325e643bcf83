"""All processes of one bot, also those that left its group: they carry the mark of its run.

A child may begin a session of its own, and its parent may be gone: neither group nor parent tell
then whose it is, but it has inherited the environment. Only one that was given another environment
on purpose is not known any more.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psutil

__all__ = ["MARK", "end_offspring", "offspring"]

MARK = "READINESS_RUN"
PATIENCE_S = 5.0  # For what ends by itself once its parent was asked to.
ROUNDS = 100  # A bot that forks as fast as it is killed is left to the system's own limits.


def offspring(run: str) -> list[psutil.Process]:
    """Whatever lives and was started, by whomever, in the environment of this run."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # It has just ended, or belongs to somebody else.
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            if not is_dead and process.environ().get(MARK) == run:
                found.append(process)
    return found


async def end_offspring(run: str, patience_s: float = PATIENCE_S) -> int:
    """Kill what does not end by itself in time; how many had to be killed."""
    killed: set[int] = set()
    for _ in range(int(patience_s / 0.1)):
        if not await asyncio.to_thread(offspring, run):
            return 0
        await asyncio.sleep(0.1)
    for _ in range(ROUNDS):
        left = await asyncio.to_thread(offspring, run)
        if not left:
            break
        for process in left:
            with suppress(psutil.Error):
                process.kill()
                killed.add(process.pid)
        await asyncio.sleep(0.05)
    return len(killed)
