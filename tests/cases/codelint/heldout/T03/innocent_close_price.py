"""The word close in the name of a price and of a time."""


class Breakout:
    def __init__(self, client):
        self.client = client

    async def buy_above_close(self, intent, closes):
        if closes[-1] <= max(closes[:-1]):
            return None
        return await self.client.place_order(
            symbol=intent.symbol,
            side="Buy",
            quantity=intent.quantity,
            position_idx=1,
            client_order_id=intent.client_order_id,
            timeout=3,
        )
