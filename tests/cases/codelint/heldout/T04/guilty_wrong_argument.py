"""Which side is meant is lost between two functions."""

import asyncio

OPPOSITE = {"Buy": "Sell", "Sell": "Buy"}


def stop_price(position_side, entry, distance):
    if position_side == "LONG":
        return entry - distance
    return entry + distance


class Protector:
    def __init__(self, client):
        self.client = client

    async def protect(self, order, distance):
        stop = stop_price(order.order_side, order.avg_px, distance)  # expect: T04
        async with asyncio.timeout(3):
            await self.client.set_stop(order.symbol, order.position_idx, stop)

    async def close(self, leg):
        async with asyncio.timeout(3):
            await self.client.place_order(  # expect: T04@close
                symbol=leg.symbol,
                side=OPPOSITE[leg.position_side],  # expect: T04@close
                quantity=leg.quantity,
                position_idx=leg.position_idx,
                client_order_id=leg.close_id,
                reduce_only=True,
            )
