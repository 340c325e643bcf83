"""No entries while a feed is stale; freshness is asked of each feed."""

from dataclasses import dataclass

from redis.asyncio import Redis


@dataclass
class Feed:
    name: str
    cache: Redis

    async def is_fresh(self) -> bool:
        age_ms = await self.cache.get(f"age:{self.name}")
        return age_ms is not None and int(age_ms) < 1500


class EntryGate:
    def __init__(self, trades: Feed, book: Feed) -> None:
        self.trades = trades
        self.book = book
        self.refused = 0

    async def admits(self, signal: dict) -> bool:
        if not self.trades.is_fresh():  # expect: D03
            self.refused += 1
            return False
        fresh_book = await self.book.is_fresh()
        return fresh_book and signal["confidence"] > 60
