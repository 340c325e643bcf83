class Averager:
    def __init__(self, feed):
        self.feed = feed
        self.mean = 0
        self.count = 0

    async def add(self, symbol):
        mean, count = self.mean, self.count
        value = await self.feed.value(symbol)
        count += 1
        self.mean = mean + (value - mean) / count  # expect: D24@mean
        self.count = count  # expect: D24@mean

    async def trim(self, limit):
        rows = self.feed.rows
        extra = await self.feed.extra(limit)
        self.feed.rows = rows[extra:]  # expect: D24
