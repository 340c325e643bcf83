"""Awaited filters, a bound method tested for presence, and an Event's is_set."""

import asyncio


async def is_tradable(rules, symbol) -> bool:
    rule = await rules.of(symbol)
    return rule.status == "Trading"


async def universe(rules, symbols):
    return [symbol for symbol in symbols if await is_tradable(rules, symbol)]


class Hooks:
    def __init__(self, on_fill=None):
        self.on_fill = on_fill
        self.halted = asyncio.Event()

    async def fill(self, fill):
        if self.halted.is_set() or not self.on_fill:
            return
        await self.on_fill(fill)
