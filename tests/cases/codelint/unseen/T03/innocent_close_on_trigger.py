"""Closes that carry the mark in a shared base of their arguments."""

import asyncio
from decimal import Decimal


class Closer:
    def __init__(self, venue) -> None:
        self._venue = venue

    @staticmethod
    def _closing(leg, link_id: str) -> dict:
        return {
            "symbol": leg.symbol,
            "side": leg.closing_side,
            "position_idx": leg.position_idx,
            "reduce_only": True,
            "client_order_id": link_id,
        }

    async def close(self, leg, quantity: Decimal, link_id: str) -> str:
        terms = self._closing(leg, link_id)
        async with asyncio.timeout(3):
            return await self._venue.place_order(order_type="Market", quantity=quantity, **terms)
