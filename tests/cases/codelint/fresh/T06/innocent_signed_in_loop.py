"""One id for all tries, a fresh stamp and signature for each."""

import asyncio
import hashlib
import hmac
import time

import httpx


class Signed:
    def __init__(self, http: httpx.AsyncClient, secret: bytes) -> None:
        self.http = http
        self.secret = secret

    def signed(self, query: str) -> str:
        stamped = f"{query}&timestamp={int(time.time() * 1000)}"
        signature = hmac.new(self.secret, stamped.encode(), hashlib.sha256).hexdigest()
        return f"{stamped}&signature={signature}"

    async def cancel(self, symbol: str, client_order_id: str) -> dict:
        query = f"symbol={symbol}&origClientOrderId={client_order_id}"
        for pause_s in (0.2, 0.4, 0.8):
            try:
                reply = await self.http.delete(f"/fapi/v1/order?{self.signed(query)}", timeout=3)
                return reply.json()
            except httpx.TransportError:
                await asyncio.sleep(pause_s)
        raise ConnectionError(f"{client_order_id}: the cancel was not answered")
