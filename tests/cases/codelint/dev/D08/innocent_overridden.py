"""The coroutine calls the asynchronous twin; the blocking chain belongs to a script."""

import asyncio
import time


def settle() -> None:
    time.sleep(1)


def settle_all(items) -> None:
    for _ in items:
        settle()


async def settle_async() -> None:
    await asyncio.sleep(1)


async def settle_all_async(items) -> None:
    for _ in items:
        await settle_async()


async def main(items) -> None:
    await settle_all_async(items)


def script(items) -> None:
    settle_all(items)
