"""Cancelling and reading name an order by its id: no leg is needed."""


class Cancels:
    def __init__(self, http):
        self.http = http

    async def cancel(self, symbol: str, client_order_id: str):
        body = {"category": "linear", "symbol": symbol, "orderLinkId": client_order_id}
        return await self.http.post("/v5/order/cancel", body, timeout=3)

    async def open_orders(self, symbol: str):
        query = {"category": "linear", "symbol": symbol}
        return await self.http.get("/v5/order/realtime", query, timeout=3)


def one_way_rows(rows: list[dict]) -> list[dict]:
    """Rows of a one-way account, which the start-up check refuses."""
    return [row for row in rows if row["positionIdx"] == 0]
