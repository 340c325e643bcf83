"""The test is a length, a count, a nested key or an `in` of another view."""


class Ladder:
    def __init__(self, journal):
        self.journal = journal
        self.done = {}
        self.orders = {}
        self.queue = []

    async def execute(self, leg, level):
        if len(self.done.get(leg.key, ())) > level.number:  # expect: D27@level
            return
        await self.journal.write(leg, level)
        self.done[leg.key] = (*self.done.get(leg.key, ()), level)  # expect: D27@level

    async def nested(self, symbol, side, order):
        book = self.orders.setdefault(symbol, {})
        if side in book:  # expect: D27@nested
            return book[side]
        await self.journal.write(symbol, side)
        book[side] = order  # expect: D27@nested
        return order

    async def listed(self, row):
        if self.queue.count(row) == 0:  # expect: D27@listed
            await self.journal.write(row, None)
            self.queue.append(row)  # expect: D27@listed

    async def by_keys(self, symbol, order):
        known = symbol in self.orders.keys()  # expect: D27@keys
        if not known:  # expect: D27@keys
            await self.journal.write(symbol, order)
            self.orders[symbol] = order  # expect: D27@keys
