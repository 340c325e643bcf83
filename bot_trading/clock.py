"""The only place of the bot that reads the clock, or lets a simulation tell it the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

__all__ = ["now", "now_ms", "now_us", "told_by"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_read_ns: Callable[[], int] = time.time_ns


def now() -> datetime:
    """This machine's time, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=now_us())


def now_us() -> int:
    """Microseconds UTC since the epoch, by this machine's clock."""
    return _read_ns() // 1_000


def now_ms() -> int:
    """Milliseconds UTC since the epoch, as exchanges sign requests."""
    return _read_ns() // 1_000_000


@contextmanager
def told_by(read_ns: Callable[[], int]) -> Iterator[None]:
    """Within it `read_ns` tells everyone the nanoseconds since the epoch: virtual time."""
    global _read_ns
    before, _read_ns = _read_ns, read_ns
    try:
        yield
    finally:
        _read_ns = before
