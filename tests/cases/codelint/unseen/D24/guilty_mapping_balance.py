"""Balances per coin are read, converted with a rate that is awaited, and stored again."""

from decimal import Decimal

import httpx


class Wallet:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.balances: dict[str, Decimal] = {}

    async def _rate(self, coin: str) -> Decimal:
        reply = await self._client.get("/rates", params={"coin": coin}, timeout=2)
        return Decimal(reply.json()["rate"])

    async def charge(self, coin: str, usd: Decimal) -> None:
        before = self.balances[coin]
        rate = await self._rate(coin)
        self.balances[coin] = before - usd / rate  # expect: D24
