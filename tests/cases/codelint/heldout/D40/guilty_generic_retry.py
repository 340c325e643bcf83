import asyncio


async def with_retry(call, attempts=3):
    for attempt in range(attempts):
        try:
            async with asyncio.timeout(3):
                return await call()
        except (TimeoutError, ConnectionError):
            await asyncio.sleep(0.3 * 2**attempt)
    raise ConnectionError(f"no answer in {attempts} attempts")


class Executor:
    def __init__(self, client):
        self.client = client

    async def enter(self, intent):
        return await with_retry(  # expect: D40
            lambda: self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                reduce_only=False,
            )
        )

    async def recursive(self, intent, left=3):
        try:
            async with asyncio.timeout(3):
                return await self.client.place_order(  # expect: D40@again
                    symbol=intent.symbol,
                    side=intent.side,
                    quantity=intent.quantity,
                    position_idx=intent.position_idx,
                    reduce_only=False,
                )
        except TimeoutError:
            if not left:
                raise
            return await self.recursive(intent, left - 1)  # expect: D40@again
