"""Signed inside the loop, under one client order id."""

import asyncio
import time


class SignedClient:
    def __init__(self, session, signer):
        self.session = session
        self.signer = signer

    async def send_order(self, body: dict, client_order_id: str):
        body = {**body, "orderLinkId": client_order_id}
        for attempt in range(5):
            headers = self.signer.headers(body, int(time.time() * 1000))
            try:
                async with self.session.post(
                    "/v5/order/create", json=body, headers=headers, timeout=3
                ) as reply:
                    return await reply.json()
            except TimeoutError:
                await asyncio.sleep(2**attempt)
        raise TimeoutError(f"{client_order_id}: no answer")
