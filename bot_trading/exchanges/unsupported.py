"""Counts what an exchange says that we do not know, and publishes it, instead of guessing."""

from __future__ import annotations

from collections import Counter

from bot_trading.clock import now_us
from bot_trading.domain.messages import UnsupportedSeen
from bot_trading.ports import Publish

__all__ = ["UnsupportedCounter"]

KINDS_MAX = 1_000
TEXT_MAX = 200


class UnsupportedCounter:
    """Call it with a short text; `counts` keeps how often each was seen."""

    def __init__(self, exchange: str) -> None:
        self.counts: Counter[str] = Counter()
        self.publish: Publish | None = None
        self._exchange = exchange

    def __call__(self, what: str) -> None:
        """Count `what`, and publish it while streams run; memory stays bounded."""
        what = what[:TEXT_MAX]
        known = what in self.counts or len(self.counts) < KINDS_MAX
        self.counts[what if known else "of more kinds than are kept"] += 1
        if self.publish is not None:
            self.publish(UnsupportedSeen(exchange=self._exchange, what=what, ts_init_us=now_us()))
