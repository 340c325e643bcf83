"""Coroutines made first and awaited together: none is lost."""

import asyncio


async def close_channel(name: str, registry: dict) -> str:
    await asyncio.sleep(0)
    registry[name] = "closed"
    return name


async def close_channels(names: list[str], registry: dict) -> list[str]:
    pending = []
    for name in names:
        pending.append(close_channel(name, registry))
    async with asyncio.timeout(5):
        return await asyncio.gather(*pending)


async def first_and_rest(names: list[str], registry: dict) -> None:
    head = close_channel(names[0], registry)
    rest = close_channels(names[1:], registry)
    async with asyncio.timeout(10):
        await head
        await rest
