"""The sum is a local of the coroutine: nobody else can change it during the wait."""

import asyncio
from decimal import Decimal


async def fee(order_id: str, fees: dict[str, Decimal]) -> Decimal:
    await asyncio.sleep(0)
    return fees[order_id]


async def fees_of(order_ids: list[str], fees: dict[str, Decimal]) -> Decimal:
    total = Decimal(0)
    for order_id in order_ids:
        total += await fee(order_id, fees)
    return total
