"""The deadline stands where the client is made; each call lives under it."""

import httpx

LIMITS = httpx.Timeout(4.0, connect=2.0, pool=1.0)


class OrderClient:
    def __init__(self, base: str, auth: httpx.Auth) -> None:
        self._http = httpx.AsyncClient(base_url=base, auth=auth, timeout=LIMITS)

    async def cancel(self, symbol: str, link_id: str) -> dict:
        body = {"category": "linear", "symbol": symbol, "orderLinkId": link_id}
        reply = await self._http.post("/v5/order/cancel", json=body)
        reply.raise_for_status()
        return reply.json()
