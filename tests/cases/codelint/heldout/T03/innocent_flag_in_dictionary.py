"""The flag in a dictionary, in a request class, by closePosition, and in OKX's close call."""

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
        body["reduceOnly"] = True
        return await self.client.post("/v5/order/create", body, timeout=3)

    async def flatten(self, legs):
        for leg in list(legs):
            request = leg.closing_request(reduce_only=True)
            async with asyncio.timeout(3):
                await self.client.place_order(request, position_idx=leg.position_idx)

    async def okx_close(self, leg):
        body = {"instId": leg.instrument_id, "posSide": leg.position_side, "mgnMode": "cross"}
        return await self.client.post("/api/v5/trade/close-position", body, timeout=3)
