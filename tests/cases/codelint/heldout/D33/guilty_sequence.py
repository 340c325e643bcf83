"""Cancel, amend and read without a deadline, below loops and conditions."""


class Operator:
    def __init__(self, bybit, okx):
        self.bybit = bybit
        self.okx = okx

    async def sweep(self, orders):
        canceled = 0
        for order in orders:
            venue = self.okx if order.exchange == "okx" else self.bybit
            await venue.cancel_order(order.symbol, order.client_order_id)  # expect: D33
            canceled += 1
        return canceled

    async def protect(self, leg, stop):
        if leg.quantity:
            await self.bybit.set_trading_stop(  # expect: D33
                leg.symbol, position_idx=leg.position_idx, stop_loss=stop
            )

    async def equity(self):
        return await self.okx.get_balance() + await self.bybit.get_balance()  # expect: D33
