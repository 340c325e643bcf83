import asyncio

from tenacity import retry, retry_if_exception_type, stop_after_attempt


class Executor:
    def __init__(self, client):
        self.client = client

    @retry(  # expect: T06|D40@short
        stop=stop_after_attempt(3), retry=retry_if_exception_type((TimeoutError, OSError))
    )
    async def open_short(self, symbol, quantity):
        async with asyncio.timeout(3):
            return await self.client.place_order(  # expect: T06|D40@short
                symbol=symbol,
                side="Sell",
                quantity=quantity,
                position_idx=2,
                reduce_only=False,
            )
