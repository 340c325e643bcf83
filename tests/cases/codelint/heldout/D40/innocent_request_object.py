"""The id lives inside the request object; a new request per signal is no retry."""

import asyncio


class Executor:
    def __init__(self, client):
        self.client = client

    async def submit(self, request):
        """`request.client_order_id` is derived from the signal and stays the same."""
        for attempt in range(3):
            try:
                async with asyncio.timeout(3):
                    return await self.client.place_order(
                        symbol=request.symbol,
                        side=request.side,
                        quantity=request.quantity,
                        position_idx=request.position_idx,
                        reduce_only=request.reduce_only,
                        client_order_id=request.client_order_id,
                    )
            except ConnectionError:
                await asyncio.sleep(0.3 * 2**attempt)
        raise ConnectionError(f"{request.client_order_id}: no answer")

    async def refuse_margin(self, request):
        """An order that the exchange refused may be sent smaller, under an id of its own."""
        smaller = request.halved()
        async with asyncio.timeout(3):
            return await self.client.place_order(
                symbol=smaller.symbol,
                side=smaller.side,
                quantity=smaller.quantity,
                position_idx=smaller.position_idx,
                reduce_only=smaller.reduce_only,
                client_order_id=smaller.client_order_id,
            )
