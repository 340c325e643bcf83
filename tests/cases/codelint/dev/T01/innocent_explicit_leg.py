"""The leg travels with the intent; other exchanges name it otherwise; spot has none."""

from decimal import Decimal


class Orders:
    def __init__(self, http):
        self.http = http

    async def bybit(self, intent):
        body = {
            "category": "linear",
            "symbol": intent.symbol,
            "side": intent.side,
            "orderType": "Market",
            "qty": str(intent.quantity),
            "orderLinkId": intent.client_order_id,
            "positionIdx": intent.position_idx,
            "reduceOnly": intent.reduce_only,
        }
        return await self.http.post("/v5/order/create", body, timeout=3)

    async def binance(self, intent):
        body = {
            "symbol": intent.symbol,
            "side": intent.side,
            "positionSide": intent.position_side,
            "type": "MARKET",
            "quantity": str(intent.quantity),
            "newClientOrderId": intent.client_order_id,
        }
        return await self.http.post("/fapi/v1/order", body, timeout=3)

    async def bybit_spot(self, symbol: str, side: str, quantity: Decimal, link_id: str):
        body = {
            "category": "spot",
            "symbol": symbol,
            "side": side,
            "orderType": "Market",
            "qty": str(quantity),
            "orderLinkId": link_id,
        }
        return await self.http.post("/v5/order/create", body, timeout=3)
