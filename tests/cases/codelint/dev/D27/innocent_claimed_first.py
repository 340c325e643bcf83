"""The key is claimed before the await, and given back if the send fails."""

import asyncio


class EntryExecutor:
    def __init__(self, client):
        self.client = client
        self.open_by_symbol = {}
        self.seen_signals = set()

    async def enter(self, signal):
        if signal.symbol in self.open_by_symbol:
            return self.open_by_symbol[signal.symbol]
        future = asyncio.get_running_loop().create_future()
        self.open_by_symbol[signal.symbol] = future
        try:
            async with asyncio.timeout(3):
                future.set_result(await self.client.send(signal))
        except BaseException:
            del self.open_by_symbol[signal.symbol]
            future.cancel()
            raise
        return future

    async def once(self, signal, handler):
        if signal.id in self.seen_signals:
            return
        self.seen_signals.add(signal.id)
        await handler(signal)

    async def drop(self, symbol):
        pending = self.open_by_symbol.pop(symbol, None)
        if pending is not None:
            await asyncio.wait_for(pending, timeout=3)
