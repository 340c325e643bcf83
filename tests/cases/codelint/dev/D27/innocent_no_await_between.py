"""Membership test and insert follow each other without an await; or in separate keys."""


class Dedup:
    def __init__(self, sink):
        self.sink = sink
        self.exec_ids = set()
        self.books = {}

    async def on_fill(self, fill):
        await self.sink.touch()
        if fill.exec_id not in self.exec_ids:
            self.exec_ids.add(fill.exec_id)
            await self.sink.write(fill)

    async def on_book(self, symbol, update):
        if symbol not in self.books:
            self.books[symbol] = {}
        self.books[symbol].update(update)
        await self.sink.write(update)

    async def local_cache(self, symbols):
        cache = {}
        for symbol in symbols:
            if symbol not in cache:
                cache[symbol] = await self.sink.read(symbol)
        return cache
