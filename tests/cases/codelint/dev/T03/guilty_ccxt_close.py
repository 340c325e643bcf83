import ccxt.async_support as ccxt


class Exit:
    def __init__(self, key: str, secret: str):
        self.exchange = ccxt.bybit({"apiKey": key, "secret": secret, "timeout": 5000})

    async def exit_leg(self, symbol, side, amount, position_idx, link_id):
        closing = "sell" if side == "long" else "buy"
        params = {"positionIdx": position_idx, "orderLinkId": link_id}
        return await self.exchange.create_order(  # expect: T03
            symbol, "market", closing, amount, None, params
        )
