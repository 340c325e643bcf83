import asyncio
from decimal import Decimal


class Amender:
    def __init__(self, client):
        self.client = client

    async def send(self, request, price: Decimal | None):
        try:
            price = request.instrument.round_price(price)
            order_type = "Limit"
        except (TypeError, ArithmeticError):
            order_type = "Market"  # expect: T07@type
        async with asyncio.timeout(3):
            return await self.client.place_order(  # expect: T07@type
                symbol=request.symbol,
                side=request.side,
                order_type=order_type,
                price=price,
                quantity=request.quantity,
                position_idx=request.position_idx,
                client_order_id=request.client_order_id,
                reduce_only=request.reduce_only,
            )
