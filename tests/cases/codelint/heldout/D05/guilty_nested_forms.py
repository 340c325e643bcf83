"""time.sleep in an async generator, in a nested coroutine and in an async with body."""

import importlib
import time

_clock = time


async def throttled(rows, gap_s):
    for row in rows:
        yield row
        _clock.sleep(gap_s)  # expect: D05


def make_retry(attempts):
    async def retry(call):
        for number in range(attempts):
            try:
                return await call()
            except ConnectionError:
                time.sleep(number + 1)  # expect: D05
        raise ConnectionError(f"no answer in {attempts} attempts")

    return retry


async def reload(lock, name):
    async with lock:
        time.sleep(0.01)  # expect: D05
    return importlib.import_module(name)
