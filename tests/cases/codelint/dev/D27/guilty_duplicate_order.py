"""Entry executor: the membership test and the insert are an await apart."""

import asyncio


class EntryExecutor:
    def __init__(self, client):
        self.client = client
        self.open_by_symbol = {}
        self.seen_signals = set()

    async def enter(self, signal):
        if signal.symbol not in self.open_by_symbol:  # expect: D27@order
            async with asyncio.timeout(3):
                order = await self.client.place_order(
                    symbol=signal.symbol,
                    side=signal.side,
                    position_idx=signal.position_idx,
                    quantity=signal.quantity,
                    client_order_id=signal.client_order_id,
                    reduce_only=False,
                )
            self.open_by_symbol[signal.symbol] = order  # expect: D27@order
        return self.open_by_symbol[signal.symbol]

    async def once(self, signal, handler):
        if signal.id in self.seen_signals:  # expect: D27@seen
            return
        await handler(signal)
        self.seen_signals.add(signal.id)  # expect: D27@seen
