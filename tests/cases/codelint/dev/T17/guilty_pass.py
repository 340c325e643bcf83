import asyncio
from contextlib import suppress


class Protector:
    def __init__(self, client):
        self.client = client

    async def set_stop(self, leg, price):
        try:
            async with asyncio.timeout(3):
                await self.client.set_trading_stop(
                    leg.symbol, position_idx=leg.position_idx, stop_loss=price
                )
        except Exception:  # expect: T17
            pass

    async def close(self, leg):
        with suppress(Exception):  # expect: T17
            async with asyncio.timeout(3):
                await self.client.close_position(leg.symbol, position_idx=leg.position_idx)
