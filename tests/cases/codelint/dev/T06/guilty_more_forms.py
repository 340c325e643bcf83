"""The stamp is made before the loop, by a helper, and by a default argument."""

import asyncio
import time


class Okx:
    def __init__(self, http, signer):
        self.http = http
        self.signer = signer

    async def place(self, body):
        request = self.signer.sign("POST", "/api/v5/trade/order", body)  # expect: T06@place
        for pause_s in (0, 1, 2):
            await asyncio.sleep(pause_s)
            reply = await self.http.send(request, timeout=3)  # expect: T06@place
            if reply.ok:
                return reply
        raise ConnectionError(f"{body['clOrdId']}: no answer")

    async def cancel(self, body, stamp_ms=int(time.time() * 1000)):  # expect: T06@cancel
        left = 3
        while left:
            headers = self.signer.headers(body, stamp_ms)  # expect: T06@cancel
            reply = await self.http.post("/api/v5/trade/cancel-order", body, headers, timeout=3)
            if reply.ok:
                return reply
            left -= 1
        raise ConnectionError(f"{body['clOrdId']}: no answer")
