import asyncio


class Router:
    def __init__(self, client):
        self.client = client

    async def send(self, intent):
        order_type = intent.order_type
        if order_type == "Limit" and intent.price is None:
            order_type = "Market"  # expect: T07
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                order_type=order_type,
                price=intent.price,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                client_order_id=intent.client_order_id,
                reduce_only=intent.reduce_only,
            )
