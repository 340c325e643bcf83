"""Coroutines lost in a tuple, an attribute, a default and a with target."""


async def mark_price(feed, symbol):
    return await feed.mark(symbol)


class Quote:
    def __init__(self, feed):
        self.feed = feed

    async def pair(self, left, right):
        first, second = mark_price(self.feed, left), await mark_price(self.feed, right)  # expect: D02
        return second

    async def either(self, symbol, fast):
        price = mark_price(self.feed, symbol) if fast else None  # expect: D02
        return symbol
