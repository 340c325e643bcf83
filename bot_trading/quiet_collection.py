"""When Python's collector of cycles may walk the heap: between orders, never in the middle of one.

Nearly everything here dies by its reference count; what a full walk finds is rare, and the walk
takes tens of milliseconds once a day of orders is remembered. So full walks are made by us, in a
quiet moment, and what survived one is not walked again for an hour.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import NoReturn

__all__ = ["collect_when_quiet", "settle"]

# Allocations that outlive their turn before the young are looked at; the old never by themselves.
_YOUNG, _MIDDLE, _OLD = 10_000, 50, 1_000_000
_EVERY_S = 60.0
_WALKS_OF_ALL = 60  # One walk in so many looks at what survived the others, too.
_LOOK_AGAIN_S = 0.05


def settle() -> None:
    """What was loaded stays: collect once, then keep it out of every later walk."""
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.collect()
    gc.freeze()


async def collect_when_quiet(is_busy: Callable[[], bool], every_s: float = _EVERY_S) -> NoReturn:
    """Settle again and again, each time as soon as nothing is under way, until cancelled."""
    is_due, walks = False, 0
    while True:
        await asyncio.sleep(_LOOK_AGAIN_S if is_due else every_s)
        is_due = is_busy()
        if not is_due:
            walks += 1
            if walks % _WALKS_OF_ALL == 0:
                gc.unfreeze()
            settle()
