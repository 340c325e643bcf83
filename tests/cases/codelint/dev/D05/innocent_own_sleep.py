"""A clock whose sleep is a coroutine, under the name of the blocking one."""

import asyncio


class SimulatedClock:
    def __init__(self, speed: int):
        self.speed = speed

    async def sleep(self, seconds: int) -> None:
        await asyncio.sleep(seconds / self.speed)


async def wait_for_close(time: SimulatedClock, seconds: int) -> None:
    await time.sleep(seconds)


async def drain(sleep=asyncio.sleep) -> None:
    await sleep(0)
