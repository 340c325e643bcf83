"""Each attempt is signed afresh and carries the same link id."""

import asyncio
import json

import aiohttp


class SignedDesk:
    def __init__(self, session: aiohttp.ClientSession, signer) -> None:
        self._session = session
        self._signer = signer

    async def _post(self, payload: str) -> dict:
        headers = self._signer.headers(payload)
        limit = aiohttp.ClientTimeout(total=3)
        path = "/v5/order/create"
        async with self._session.post(path, data=payload, headers=headers, timeout=limit) as reply:
            return await reply.json()

    async def create_order(self, body: dict, link_id: str) -> dict:
        payload = json.dumps({**body, "orderLinkId": link_id})
        for attempt in range(4):
            try:
                return await self._post(payload)
            except TimeoutError:
                await asyncio.sleep(min(2**attempt, 5))
        raise TimeoutError(f"order {link_id}: no answer in 4 attempts")
