"""Reconciled by REST before trading goes on."""


class PrivateFeed:
    def __init__(self, transport, trading, rest):
        self.transport = transport
        self.trading = trading
        self.rest = rest
        self.topics = ("order", "execution", "position")

    async def reconnect(self):
        self.trading.pause()
        await self.transport.wait_backoff()
        await self.transport.open()
        await self.transport.login()
        await self.transport.subscribe(self.topics)
        await self.reconcile()
        self.trading.resume()

    async def reconcile(self):
        orders = await self.rest.open_orders(timeout=5)
        legs = await self.rest.positions(timeout=5)
        self.trading.replace(orders, legs)
