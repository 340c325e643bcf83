"""Risk that is open over all strategies, as one number of the module."""

import asyncio
from decimal import Decimal

OPEN_RISK = Decimal(0)


async def take(desk, intent) -> None:
    global OPEN_RISK
    used = OPEN_RISK
    async with asyncio.timeout(3):
        await desk.submit(intent)
    OPEN_RISK = used + intent.risk  # expect: D26


async def give_back(desk, intent) -> None:
    global OPEN_RISK
    async with asyncio.timeout(3):
        await desk.settle(intent)
    OPEN_RISK -= intent.risk
