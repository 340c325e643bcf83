"""The client's session carries the deadline; callers need none."""

import asyncio

import aiohttp


class BybitRest:
    def __init__(self, base: str, signer):
        self.signer = signer
        self.session = aiohttp.ClientSession(base, timeout=aiohttp.ClientTimeout(total=4))

    async def cancel_order(self, symbol: str, client_order_id: str) -> dict:
        body = {"category": "linear", "symbol": symbol, "orderLinkId": client_order_id}
        headers = self.signer.headers(body)
        async with self.session.post("/v5/order/cancel", json=body, headers=headers) as reply:
            return await reply.json()


class Executor:
    def __init__(self, rest: BybitRest):
        self.rest = rest

    async def cancel_all(self, orders) -> list[dict]:
        calls = (self.rest.cancel_order(o.symbol, o.client_order_id) for o in orders)
        return await asyncio.gather(*calls)
