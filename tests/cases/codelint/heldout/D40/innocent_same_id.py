"""Generic retries around calls that carry one id, and around idempotent calls."""

import asyncio
import uuid


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
        link_id = uuid.uuid4().hex
        return await with_retry(
            lambda: self.client.place_order(
                symbol=intent.symbol,
                side=intent.side,
                quantity=intent.quantity,
                position_idx=intent.position_idx,
                reduce_only=False,
                client_order_id=link_id,
            )
        )

    async def cancel(self, symbol, client_order_id):
        return await with_retry(
            lambda: self.client.cancel_order(symbol, client_order_id=client_order_id)
        )

    async def set_leverage(self, symbol, leverage):
        return await with_retry(lambda: self.client.set_leverage(symbol, leverage))
