import asyncio


async def replace_protection(exchange, leg, stop, target):
    async with asyncio.timeout(5):
        await exchange.cancel_all_orders(leg.symbol)  # expect: T16@replace
    async with asyncio.timeout(5):
        await exchange.create_stop_loss_order(  # expect: T16@replace
            leg.symbol, "market", leg.closing_side, leg.quantity, None, stop, leg.params(reduce_only=True)
        )
    async with asyncio.timeout(5):
        await exchange.create_take_profit_order(  # expect: T16@replace
            leg.symbol, "limit", leg.closing_side, leg.quantity, target, target, leg.params(reduce_only=True)
        )
