"""The only place of the bot that reads the clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime

__all__ = ["now", "now_ms", "now_us"]


def now() -> datetime:
    """This machine's time, aware, in UTC."""
    return datetime.now(UTC)


def now_us() -> int:
    """Microseconds UTC since the epoch, by this machine's clock."""
    return time.time_ns() // 1_000


def now_ms() -> int:
    """Milliseconds UTC since the epoch, as exchanges sign requests."""
    return time.time_ns() // 1_000_000
