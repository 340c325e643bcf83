"""Leverage of a symbol, kept in the plan and compared with what the account allows."""

import asyncio
from dataclasses import dataclass, field

import httpx


@dataclass
class EntryPlan:
    symbol: str
    leverage: int = 0
    notes: list[str] = field(default_factory=list)


class Planner:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def leverage_of(self, symbol: str) -> int:
        reply = await self._client.get("/v5/position/list", params={"symbol": symbol}, timeout=3)
        return int(reply.json()["result"]["list"][0]["leverage"])

    async def plan(self, symbol: str, limit: int) -> EntryPlan:
        plan = EntryPlan(symbol)
        current = self.leverage_of(symbol)  # expect: D02
        await asyncio.sleep(0)
        if current == limit:
            plan.notes.append("at the limit")
        return plan
