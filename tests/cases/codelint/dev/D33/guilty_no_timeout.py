"""Order calls that may wait for ever."""


class Executor:
    def __init__(self, exchange):
        self.exchange = exchange

    async def enter(self, intent):
        return await self.exchange.place_order(  # expect: D33
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            position_idx=intent.position_idx,
            client_order_id=intent.client_order_id,
            reduce_only=False,
        )

    async def abort(self, symbol, client_order_id):
        await self.exchange.cancel_order(symbol, client_order_id=client_order_id)  # expect: D33
