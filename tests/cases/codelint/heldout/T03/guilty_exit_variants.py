"""Exits of several shapes without the flag."""

import asyncio


class Ladder:
    def __init__(self, client):
        self.client = client

    async def execute_partial_tp(self, leg, level):
        body = {
            "category": "linear",
            "symbol": leg.symbol,
            "side": leg.closing_side,
            "orderType": "Market",
            "qty": str(level.quantity),
            "positionIdx": leg.position_idx,
            "orderLinkId": level.client_order_id,
        }
        return await self.client.post("/v5/order/create", body, timeout=3)  # expect: T03

    async def flatten(self, legs):
        for leg in list(legs):
            side = "Buy" if leg.is_short else "Sell"
            async with asyncio.timeout(3):
                await self.client.place_order(  # expect: T03
                    symbol=leg.symbol,
                    side=side,
                    quantity=leg.quantity,
                    position_idx=leg.position_idx,
                    client_order_id=f"flat-{leg.key}",
                )


async def place_stop_loss(client, leg, trigger_price):
    return await client.place_order(  # expect: T03
        symbol=leg.symbol,
        side=leg.closing_side,
        order_type="StopMarket",
        trigger_price=trigger_price,
        quantity=leg.quantity,
        position_idx=leg.position_idx,
        client_order_id=leg.stop_id,
        timeout=3,
    )
