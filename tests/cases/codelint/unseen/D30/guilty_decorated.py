"""Each public method of the account is guarded by a decorator; one calls another."""

import asyncio
import functools
from decimal import Decimal


def guarded(method):
    @functools.wraps(method)
    async def wrapper(self, *args):
        async with self._lock:
            return await method(self, *args)

    return wrapper


class Account:
    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._free = Decimal(1000)

    @guarded
    async def free(self) -> Decimal:
        return self._free

    @guarded
    async def reserve(self, amount: Decimal) -> bool:
        if await self.free() < amount:  # expect: D30
            return False
        self._free -= amount
        return True
