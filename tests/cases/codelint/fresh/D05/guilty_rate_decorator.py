"""A throttle decorator that sleeps in the wrapped coroutine's thread: the loop."""

import functools
import time as clock


def throttled(gap_s: float):
    def wrap(function):
        @functools.wraps(function)
        async def inner(*args, **kwargs):
            clock.sleep(gap_s)  # expect: D05
            return await function(*args, **kwargs)

        return inner

    return wrap


class Ticker:
    @throttled(0.2)
    async def last(self, symbol: str) -> str:
        return symbol
