"""Closes with the flag, and in the dialects that must not carry it."""

import asyncio


class Closer:
    def __init__(self, client, ids):
        self.client = client
        self.ids = ids

    async def close_position(self, leg):
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=leg.symbol,
                side="Sell" if leg.is_long else "Buy",
                order_type="Market",
                quantity=leg.quantity,
                position_idx=leg.position_idx,
                client_order_id=self.ids.close(leg),
                reduce_only=True,
            )

    async def open_position(self, intent):
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type="Market",
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=self.ids.entry(intent),
                reduce_only=False,
            )
