"""The same link id in each attempt; before a repeat the exchange is asked for the order."""

import asyncio

import httpx


class RestDesk:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def _known(self, symbol: str, link_id: str) -> dict | None:
        params = {"category": "linear", "symbol": symbol, "orderLinkId": link_id}
        reply = await self._client.get("/v5/order/realtime", params=params, timeout=3)
        rows = reply.json()["result"]["list"]
        return rows[0] if rows else None

    async def create(self, body: dict, link_id: str) -> dict:
        body = {**body, "orderLinkId": link_id}
        for attempt in range(3):
            try:
                reply = await self._client.post("/v5/order/create", json=body, timeout=3)
                return reply.json()
            except httpx.TimeoutException:
                await asyncio.sleep(min(2**attempt, 4))
            known = await self._known(body["symbol"], link_id)
            if known is not None:
                return known
        raise TimeoutError(f"order {link_id}: no answer in 3 attempts")
