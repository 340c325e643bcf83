"""The condition asks whether there is a callback or a task, and then awaits it."""

import asyncio
from collections.abc import Awaitable, Callable


class Hooks:
    def __init__(self, on_stop: Callable[[], Awaitable[bool]] | None = None) -> None:
        self.on_stop = on_stop

    async def stop(self) -> bool:
        if self.on_stop:
            return await self.on_stop()
        return True


async def ready(event: asyncio.Event) -> bool:
    return event.is_set()


async def both(event: asyncio.Event, other: asyncio.Event) -> bool:
    return await ready(event) and await ready(other)
