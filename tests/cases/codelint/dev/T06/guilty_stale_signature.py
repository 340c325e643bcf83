"""The request is signed once and sent several times: the stamp grows old."""

import asyncio
import time


class SignedClient:
    def __init__(self, session, signer):
        self.session = session
        self.signer = signer

    async def send_order(self, body: dict):
        stamp = int(time.time() * 1000)
        headers = self.signer.headers(body, stamp)  # expect: T06@sign
        for attempt in range(5):
            try:
                async with self.session.post(  # expect: T06@sign
                    "/v5/order/create", json=body, headers=headers, timeout=3
                ) as reply:
                    return await reply.json()
            except TimeoutError:
                await asyncio.sleep(2**attempt)
        raise TimeoutError(f"{body['orderLinkId']}: no answer")
