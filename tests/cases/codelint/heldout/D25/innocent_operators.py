"""Awaits on the right of values that nobody shares, or bound before."""


class Stats:
    def __init__(self, api):
        self.api = api
        self.best = 0
        self.rows = []

    async def update(self, symbol):
        self.rows.extend(await self.api.rows(symbol))
        high = await self.api.high(symbol)
        self.best = max(self.best, high)

    async def report(self, symbols):
        lines = ["symbol volume"]
        width = 0
        for symbol in symbols:
            lines += [await self.api.line(symbol)]
            width = max(width, await self.api.width(symbol))
        return lines, width
