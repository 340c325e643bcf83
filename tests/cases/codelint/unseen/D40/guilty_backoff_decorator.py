"""The backoff library repeats whatever it decorates, orders too."""

import backoff
import httpx


class RestDesk:
    def __init__(self, base: str, auth: httpx.Auth) -> None:
        self._http = httpx.AsyncClient(base_url=base, auth=auth, timeout=3)

    @backoff.on_exception(backoff.expo, httpx.TimeoutException, max_tries=4)  # expect: D40@post
    async def create(self, intent) -> dict:
        body = {
            "category": "linear",
            "symbol": intent.symbol,
            "side": intent.side,
            "orderType": "Limit",
            "qty": str(intent.quantity),
            "price": str(intent.price),
            "positionIdx": intent.position_idx,
            "reduceOnly": intent.reduce_only,
        }
        reply = await self._http.post("/v5/order/create", json=body)  # expect: D40@post
        return reply.json()
