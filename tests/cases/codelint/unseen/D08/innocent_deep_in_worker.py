"""Three calls down it sleeps, in a process that has no loop."""

import asyncio
import time
from concurrent.futures import ProcessPoolExecutor


def settle() -> None:
    time.sleep(0.2)


def crunch_day(day: str) -> int:
    settle()
    return len(day)


def crunch(days: list[str]) -> int:
    return sum(crunch_day(day) for day in days)


async def backtest(days: list[str]) -> int:
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(max_workers=1) as pool:
        return await asyncio.wait_for(loop.run_in_executor(pool, crunch, days), 600)
