"""Polling executor that sleeps with the wrong clock."""

import asyncio
import time
from time import sleep


class FillPoller:
    def __init__(self, client):
        self.client = client
        self.attempts = 0

    async def wait_filled(self, order_id):
        for _ in range(10):
            async with asyncio.timeout(5):
                order = await self.client.fetch_order(order_id)
            if order.is_filled:
                return order
            self.attempts += 1
            time.sleep(0.5)  # expect: D05
        raise TimeoutError(f"order {order_id} did not fill within 10 polls")


async def throttle(calls_per_s):
    sleep(1 / calls_per_s)  # expect: D05
