"""Module state that changes between two awaits as a whole."""

import asyncio

_calls = 0
_seen: set[str] = set()


async def counted(action):
    global _calls
    answer = await action()
    _calls += 1
    return answer


async def first_time(name: str) -> bool:
    if name in _seen:
        return False
    _seen.add(name)
    await asyncio.sleep(0)
    return True
