import asyncio


class PanicButton:
    def __init__(self, exchange) -> None:
        self.exchange = exchange

    async def cancel_everything(self, symbols: list[str]) -> list:
        return await asyncio.gather(  # expect: D33@gather
            *(self.exchange.cancel_all_orders(symbol) for symbol in symbols)  # expect: D33@gather
        )

    async def stop_of(self, leg, price) -> dict:
        return await asyncio.wait_for(
            self.exchange.set_trading_stop(leg.symbol, leg.position_idx, price), None  # expect: D33
        )
