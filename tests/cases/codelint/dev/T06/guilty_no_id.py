import asyncio


class Retrying:
    def __init__(self, client):
        self.client = client

    async def open(self, intent):
        attempts = 0
        while attempts < 3:
            try:
                async with asyncio.timeout(2):
                    return await self.client.place_order(  # expect: T06|D40
                        symbol=intent.symbol,
                        side=intent.side,
                        quantity=intent.quantity,
                        position_idx=intent.position_idx,
                        reduce_only=False,
                    )
            except (TimeoutError, ConnectionError):
                attempts += 1
                await asyncio.sleep(0.5 * attempts)
        raise ConnectionError(f"{intent.symbol}: no answer in 3 attempts")
