"""Signed before the loop: the second attempt carries an old timestamp."""

import asyncio
import hashlib
import hmac
import json
import time

import aiohttp


class SignedDesk:
    def __init__(self, session: aiohttp.ClientSession, key: str, secret: bytes) -> None:
        self._session = session
        self._key = key
        self._secret = secret

    def _headers(self, payload: str) -> dict[str, str]:
        stamp = str(time.time_ns() // 1_000_000)
        text = f"{stamp}{self._key}5000{payload}".encode()
        sign = hmac.new(self._secret, text, hashlib.sha256).hexdigest()
        return {"X-BAPI-API-KEY": self._key, "X-BAPI-TIMESTAMP": stamp, "X-BAPI-SIGN": sign}

    async def create_order(self, body: dict, link_id: str) -> dict:
        payload = json.dumps({**body, "orderLinkId": link_id})
        headers = self._headers(payload)  # expect: T06@signed
        limit = aiohttp.ClientTimeout(total=3)
        for attempt in range(4):
            try:
                async with self._session.post(  # expect: T06@signed
                    "/v5/order/create", data=payload, headers=headers, timeout=limit
                ) as reply:
                    return await reply.json()
            except (TimeoutError, aiohttp.ClientError):
                await asyncio.sleep(min(2**attempt, 5))
        raise TimeoutError(f"order {link_id}: no answer in 4 attempts")
