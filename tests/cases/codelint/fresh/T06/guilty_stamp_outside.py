"""Signed once, sent three times; and a new id for each try."""

import asyncio
import hashlib
import hmac
import time
import uuid

import httpx


class Signed:
    def __init__(self, http: httpx.AsyncClient, secret: bytes) -> None:
        self.http = http
        self.secret = secret

    def sign(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()

    async def order(self, query: str, client_order_id: str) -> dict:
        named = f"{query}&newClientOrderId={client_order_id}"
        stamped = f"{named}&timestamp={int(time.time() * 1000)}"
        signature = self.sign(stamped)  # expect: T06@order
        for pause_s in (0.2, 0.4, 0.8):
            try:
                reply = await self.http.post(  # expect: T06@order
                    f"/fapi/v1/order?{stamped}&signature={signature}", timeout=3
                )
                return reply.json()
            except httpx.TransportError:
                await asyncio.sleep(pause_s)
        raise ConnectionError("the order was not answered")


async def market(client, intent):
    left = 3
    while left:
        left -= 1
        try:
            async with asyncio.timeout(3):
                return await client.place_order(  # expect: T06|D40
                    symbol=intent.symbol,
                    side=intent.side,
                    quantity=intent.quantity,
                    position_idx=intent.position_idx,
                    reduce_only=False,
                    client_order_id=str(uuid.uuid4()),
                )
        except TimeoutError:
            await asyncio.sleep(1)
    raise TimeoutError(intent.symbol)
