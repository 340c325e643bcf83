"""Lists and dictionaries built for the loop: sorted, comprehension, union, reversed copy."""


class Book:
    def __init__(self, sink):
        self.sink = sink
        self.by_symbol = {}
        self.pending = set()

    def add(self, symbol, leg):
        self.by_symbol[symbol] = leg
        self.pending.add(leg)

    async def report(self):
        for symbol, leg in sorted(self.by_symbol.items()):
            await self.sink.write(symbol, leg)
        for symbol in {**self.by_symbol}:
            await self.sink.write(symbol, None)

    async def flush(self):
        pending, self.pending = self.pending, set()
        for leg in pending:
            await self.sink.write(0, leg)

    async def union(self, others):
        for leg in self.pending | set(others):
            await self.sink.write(0, leg)
