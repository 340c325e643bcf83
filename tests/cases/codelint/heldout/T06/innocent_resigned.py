"""Each attempt builds its query, stamps it and signs it; the id was made before."""

import asyncio
import hashlib
import hmac
import time


class Binance:
    def __init__(self, session, secret):
        self.session = session
        self.secret = secret

    def _signed(self, params):
        query = "&".join(f"{key}={value}" for key, value in params.items())
        query += f"&timestamp={int(time.time() * 1000)}"
        digest = hmac.new(self.secret, query.encode(), hashlib.sha256).hexdigest()
        return f"{query}&signature={digest}"

    async def submit(self, params, client_order_id):
        fields = {**params, "newClientOrderId": client_order_id}
        for _ in range(4):
            async with self.session.post("/fapi/v1/order?" + self._signed(fields), timeout=3) as r:
                if r.status < 500:
                    return await r.json()
            await asyncio.sleep(1)
        raise ConnectionError(f"{client_order_id}: no answer")
