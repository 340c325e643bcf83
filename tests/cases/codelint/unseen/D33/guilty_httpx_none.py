"""Somebody turned the timeout of the order client off, because of a slow day."""

import httpx


class OrderClient:
    def __init__(self, base: str, auth: httpx.Auth) -> None:
        self._http = httpx.AsyncClient(base_url=base, auth=auth, timeout=None)  # expect: D33|T10@a

    async def cancel(self, symbol: str, link_id: str) -> dict:
        body = {"category": "linear", "symbol": symbol, "orderLinkId": link_id}
        reply = await self._http.post("/v5/order/cancel", json=body)  # expect: D33|T10@a
        reply.raise_for_status()
        return reply.json()

    async def aclose(self) -> None:
        await self._http.aclose()
