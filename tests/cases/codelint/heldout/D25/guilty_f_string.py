class Exposure:
    def __init__(self, prices):
        self.prices = prices
        self.value = 0
        self.by_leg = {1: 0, 2: 0}

    async def on_fill(self, fill):
        self.by_leg[fill.position_idx] += fill.last_qty * await self.prices.mark(fill.symbol)  # expect: D25
        self.value *= (await self.prices.factor(fill.symbol)) or 1  # expect: D25
