"""Functions called close that close no leg."""


class Feed:
    def __init__(self, socket, client):
        self.socket = socket
        self.client = client

    async def close(self):
        await self.socket.close()

    async def on_candle_close(self, intent):
        return await self.client.place_order(
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            position_idx=intent.position_idx,
            client_order_id=intent.client_order_id,
            timeout=3,
        )


def closest_level(levels, price):
    return min(levels, key=lambda level: abs(level.price - price))
