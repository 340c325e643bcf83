"""Reduce-only by ccxt's params, and by a default of the order model."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class ExitOrder:
    symbol: str
    side: str
    quantity: Decimal
    position_idx: int
    client_order_id: str
    reduce_only: bool = True


async def close_leg(venue, leg, link_id: str) -> dict:
    params = {"reduceOnly": True, "positionIdx": leg.position_idx, "orderLinkId": link_id}
    async with asyncio.timeout(3):
        return await venue.create_order(
            leg.symbol, "market", leg.closing_side, leg.quantity, None, params
        )


def exit_of(leg, link_id: str) -> ExitOrder:
    return ExitOrder(leg.symbol, leg.closing_side, leg.quantity, leg.position_idx, link_id)
