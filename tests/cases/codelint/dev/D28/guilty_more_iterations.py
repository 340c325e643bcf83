"""zip, sorted views that are lazy, generator expressions and dictionaries of dictionaries."""


class Book:
    def __init__(self, sink):
        self.sink = sink
        self.by_symbol = {}
        self.pending = set()

    def add(self, symbol, leg):
        self.by_symbol.setdefault(symbol, {})[leg.position_idx] = leg
        self.pending.add(leg)

    def remove(self, symbol):
        self.by_symbol.pop(symbol, None)
        self.pending.clear()

    async def report(self, numbers):
        for number, symbol in zip(numbers, self.by_symbol):  # expect: D28
            await self.sink.write(number, symbol)

    async def flush(self):
        waiting = self.pending
        for leg in waiting:  # expect: D28
            await self.sink.write(0, leg)

    async def filtered(self):
        for leg in filter(None, self.pending):  # expect: D28
            await self.sink.write(0, leg)

    async def values(self):
        return {leg: await self.sink.value(leg) for leg in self.pending}  # expect: D28
