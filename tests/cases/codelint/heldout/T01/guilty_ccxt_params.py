"""ccxt on a hedge-mode account: the index is zero, or not there at all."""

import ccxt.async_support as ccxt


class Venue:
    hedge_mode = True

    def __init__(self, key, secret):
        self.exchange = ccxt.bybit({"apiKey": key, "secret": secret, "timeout": 5000})

    async def open_long(self, symbol, amount, link_id):
        return await self.exchange.create_order(  # expect: T01
            symbol, "market", "buy", amount, None, {"orderLinkId": link_id, "reduceOnly": False}
        )

    async def open_short(self, symbol, amount, link_id):
        params = {"orderLinkId": link_id, "reduceOnly": False, "positionIdx": 0}  # expect: T01@short
        return await self.exchange.create_market_sell_order(symbol, amount, params)  # expect: T01@short
