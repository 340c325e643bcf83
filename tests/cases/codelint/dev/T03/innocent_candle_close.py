"""Entries at the close of a candle, and of a day: nothing is closed here."""


class Strategy:
    def __init__(self, client):
        self.client = client

    async def after_close(self, candle, intent):
        if candle.close > candle.open:
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=intent.client_order_id,
                timeout=3,
            )
        return None

    async def enter_before_close(self, intent):
        return await self.client.place_order(
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            position_idx=intent.position_idx,
            client_order_id=intent.client_order_id,
            timeout=3,
        )
