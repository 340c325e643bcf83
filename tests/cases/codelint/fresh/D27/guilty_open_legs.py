"""The classic double entry, in four spellings."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Desk:
    venue: object
    legs: dict[tuple[str, int], object] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    waiting: dict[str, list] = field(default_factory=lambda: defaultdict(list))

    async def open(self, intent) -> object:
        key = (intent.symbol, intent.position_idx)
        if key in self.legs:  # expect: D27@legs
            return self.legs[key]
        async with asyncio.timeout(3):
            leg = await self.venue.enter(intent)
        self.legs[key] = leg  # expect: D27@legs
        return leg

    async def send_once(self, intent) -> bool:
        known = intent.client_order_id in self.sent  # expect: D27@sent
        if known:  # expect: D27@sent
            return False
        async with asyncio.timeout(3):
            await self.venue.enter(intent)
        self.sent.add(intent.client_order_id)  # expect: D27@sent
        return True

    async def alert(self, symbol: str, text: str) -> None:
        if not self.waiting[symbol]:  # expect: D27|D23@alert
            await self.venue.tell(text)
            self.waiting[symbol].append(text)  # expect: D27|D23@alert
