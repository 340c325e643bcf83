"""Binance refuses reduceOnly in hedge mode: positionSide alone says that this closes."""


class BinanceCloser:
    def __init__(self, http):
        self.http = http

    async def close_leg(self, leg):
        body = {
            "symbol": leg.symbol,
            "side": "SELL" if leg.position_side == "LONG" else "BUY",
            "positionSide": leg.position_side,
            "type": "MARKET",
            "quantity": str(leg.quantity),
            "newClientOrderId": leg.close_id,
        }
        return await self.http.post("/fapi/v1/order", body, timeout=3)

    async def close_connection(self):
        await self.http.close()
