"""A retry helper calls what it is given, and pauses with the whole process."""

import time
from collections.abc import Callable


def pause(attempt: int) -> None:
    time.sleep(min(2**attempt, 8))


def insist(action: Callable[[], str], attempts: int) -> str:
    for attempt in range(attempts):
        try:
            return action()
        except OSError:
            pause(attempt)
    raise OSError(f"no success in {attempts} attempts")


def read_stamp(name: str) -> str:
    return insist(lambda: name.strip(), 3)


async def describe(name: str, registry: dict[str, str]) -> str:
    stamp = read_stamp(name)  # expect: D08
    return registry[stamp]
