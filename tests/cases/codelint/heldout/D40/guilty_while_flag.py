import asyncio
import time


class Sender:
    def __init__(self, client):
        self.client = client

    async def send(self, symbol, side, quantity, position_idx):
        sent = False
        while not sent:
            try:
                async with asyncio.timeout(2):
                    order = await self.client.create_order(  # expect: D40
                        symbol=symbol,
                        side=side,
                        quantity=quantity,
                        position_idx=position_idx,
                        reduce_only=False,
                    )
                sent = True
            except TimeoutError:
                await asyncio.sleep(1)
        return order

    async def stamped(self, intent):
        for _ in range(3):
            link = f"bot-{time.time_ns()}"  # expect: D40@stamped
            try:
                return await self.client.place_order(  # expect: D40@stamped
                    symbol=intent.symbol,
                    side=intent.side,
                    quantity=intent.quantity,
                    position_idx=intent.position_idx,
                    client_order_id=link,
                    reduce_only=intent.reduce_only,
                    timeout=3,
                )
            except ConnectionError:
                await asyncio.sleep(1)
        raise ConnectionError(f"{intent.symbol}: no answer")
