"""Other operators, nested attributes, and a conditional expression with an await."""


class Stats:
    def __init__(self, api):
        self.api = api
        self.best = 0
        self.rows = []
        self.inner = Inner()

    async def update(self, symbol):
        self.inner.fees -= await self.api.rebate(symbol)  # expect: D25
        self.rows += await self.api.rows(symbol)  # expect: D25

    async def maximum(self, symbol):
        self.best = max(self.best, await self.api.high(symbol))  # expect: D25


class Inner:
    def __init__(self):
        self.fees = 0


TOTALS = {"fees": 0}


async def collect(api):
    TOTALS["fees"] += await api.fees()  # expect: D25|D26
