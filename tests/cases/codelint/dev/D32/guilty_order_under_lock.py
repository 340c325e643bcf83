import asyncio


class Executor:
    def __init__(self, exchange):
        self.exchange = exchange
        self._mutex = asyncio.Lock()
        self.sent = []

    async def _send(self, order):
        async with asyncio.timeout(5):
            return await self.exchange.place_order(
                symbol=order.symbol,
                side=order.side,
                quantity=order.quantity,
                position_idx=order.position_idx,
                client_order_id=order.client_order_id,
                reduce_only=order.reduce_only,
            )

    async def submit(self, order):
        async with self._mutex:  # expect: D32@submit
            self.sent.append(order.client_order_id)
            return await self._send(order)  # expect: D32@submit
