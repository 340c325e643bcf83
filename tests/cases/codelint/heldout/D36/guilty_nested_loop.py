"""Loops driven by hand inside coroutines."""

import asyncio

LOOP = asyncio.new_event_loop()


class Signals:
    def __init__(self, models):
        self.models = models

    async def latest(self, symbol):
        loop = asyncio.new_event_loop()
        value = loop.run_until_complete(self.models.predict(symbol))  # expect: D36
        loop.close()
        return value

    async def best(self, symbols):
        return max(LOOP.run_until_complete(self.models.score(s)) for s in symbols)  # expect: D36
