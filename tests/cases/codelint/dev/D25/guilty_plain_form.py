class Volume:
    def __init__(self, feed):
        self.feed = feed
        self.total = 0

    async def update(self, symbols):
        for symbol in symbols:
            self.total = self.total + await self.feed.volume(symbol)  # expect: D25
