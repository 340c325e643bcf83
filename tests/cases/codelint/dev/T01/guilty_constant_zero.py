"""Bybit order bodies for a hedge-mode account with the one-way index."""

from decimal import Decimal

HEDGE_MODE = True


class BybitOrders:
    def __init__(self, http):
        self.http = http

    async def market(self, symbol: str, side: str, quantity: Decimal, client_order_id: str):
        body = {
            "category": "linear",
            "symbol": symbol,
            "side": side,
            "orderType": "Market",
            "qty": str(quantity),
            "orderLinkId": client_order_id,
            "positionIdx": 0,  # expect: T01@market
            "reduceOnly": False,
        }
        return await self.http.post("/v5/order/create", body, timeout=3)  # expect: T01@market

    async def limit(self, intent):
        return await self.http.place_order(  # expect: T01
            category="linear",
            symbol=intent.symbol,
            side=intent.side,
            orderType="Limit",
            price=str(intent.price),
            qty=str(intent.quantity),
            orderLinkId=intent.client_order_id,
            reduceOnly=False,
            timeout=3,
        )
