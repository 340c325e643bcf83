"""Idempotency by set, defaultdict and try/except: always an await too late."""

from collections import defaultdict


class Dispatcher:
    def __init__(self, venue):
        self.venue = venue
        self.sent_ids = set()
        self.legs = defaultdict(list)
        self.subscribed = []

    async def send(self, order):
        if order.client_order_id not in self.sent_ids:  # expect: D27@sent
            await self.venue.submit(order)
            self.sent_ids.add(order.client_order_id)  # expect: D27@sent

    async def hedge(self, fill):
        if not self.legs[fill.symbol]:  # expect: D27|D23@hedge
            leg = await self.venue.open_hedge(fill)
            self.legs[fill.symbol].append(leg)  # expect: D27|D23@hedge

    async def subscribe(self, symbol):
        if symbol in self.subscribed:  # expect: D27@sub
            return False
        await self.venue.subscribe(symbol)
        self.subscribed.append(symbol)  # expect: D27@sub
        return True
