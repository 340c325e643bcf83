class Book:
    def __init__(self, prices):
        self.prices = prices
        self.totals = {"realised": 0, "count": 0}

    async def on_close(self, leg):
        realised = self.totals["realised"]
        count = self.totals["count"]
        gain = await self.prices.gain_of(leg)
        self.totals["realised"] = realised + gain  # expect: D24
        self.totals["count"] = count + 1  # expect: D24
