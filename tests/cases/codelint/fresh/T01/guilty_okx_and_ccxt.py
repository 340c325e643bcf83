"""Hedge-mode account; orders that do not say which leg they mean."""

from decimal import Decimal

import ccxt.async_support as ccxt

HEDGE_MODE = True


class Orders:
    def __init__(self, venue: ccxt.bybit, http) -> None:
        self.venue = venue
        self.http = http

    async def via_ccxt(self, symbol: str, side: str, amount: Decimal, link_id: str) -> dict:
        params = {"positionIdx": 0, "orderLinkId": link_id, "reduceOnly": False}  # expect: T01@ccxt
        return await self.venue.create_order(  # expect: T01@ccxt
            symbol, "market", side, amount, None, params
        )

    async def via_rest(self, symbol: str, side: str, amount: Decimal, link_id: str) -> dict:
        body = {  # expect: T01@rest
            "category": "linear",
            "symbol": symbol,
            "side": side,
            "orderType": "Market",
            "qty": str(amount),
            "orderLinkId": link_id,
            "reduceOnly": False,
        }
        return await self.http.post("/v5/order/create", json=body, timeout=3)  # expect: T01@rest
