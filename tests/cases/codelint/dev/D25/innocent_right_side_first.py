"""The await is evaluated before the attribute is read."""


class Volume:
    def __init__(self, feed):
        self.feed = feed
        self.total = 0

    async def update(self, symbol: str) -> None:
        self.total = await self.feed.volume(symbol) + self.total

    async def replace(self, symbol: str) -> None:
        self.total = await self.feed.volume(symbol)
