"""Coroutines lost through super(), a class attribute call and a conditional expression."""


class Base:
    async def on_start(self):
        return None

    @staticmethod
    async def warm(cache):
        await cache.fill()


class Strategy(Base):
    def __init__(self, cache, verbose):
        self.cache = cache
        self.verbose = verbose

    async def on_start(self):
        super().on_start()  # expect: D01|D04
        Strategy.warm(self.cache)  # expect: D01|D04

    async def tell(self, text):
        self.write(text) if self.verbose else None  # expect: D01|D04

    async def write(self, text):
        await self.cache.note(text)
