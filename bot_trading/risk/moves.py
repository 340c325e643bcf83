"""How far a price moved lately: the guard against trading into a flash crash."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = ["PriceWindow"]

_SAMPLE_US = 1_000_000


@dataclass(slots=True)
class PriceWindow:
    """The prices of one instrument over the last `window_us` of the market's clock.

    At most one sample a second is kept. Extremes are kept as two monotonic queues (Lemire 2006),
    so that a sample costs the same however long the window is.
    """

    window_us: int
    _samples: deque[tuple[int, Decimal]] = field(default_factory=deque)
    _highs: deque[tuple[int, Decimal]] = field(default_factory=deque)
    _lows: deque[tuple[int, Decimal]] = field(default_factory=deque)
    _sum: Decimal = Decimal(0)

    def see(self, ts_us: int, price: Decimal) -> None:
        """Take in a price; one that is older than a sample, or within a second of it, is left out
        unless it is an extreme. What is not above zero is no price."""
        if price <= 0:
            return
        if self._samples and ts_us < self._samples[-1][0] + _SAMPLE_US:
            if self._lows[0][1] <= price <= self._highs[0][1]:
                return
            ts_us = max(ts_us, self._samples[-1][0])
        self._samples.append((ts_us, price))
        self._sum += price
        while self._highs and self._highs[-1][1] <= price:
            self._highs.pop()
        self._highs.append((ts_us, price))
        while self._lows and self._lows[-1][1] >= price:
            self._lows.pop()
        self._lows.append((ts_us, price))
        self._forget(ts_us - self.window_us)

    def mean(self) -> Decimal | None:
        """The average of the samples; None before the first one."""
        return self._sum / len(self._samples) if self._samples else None

    def move_percent(self, price: Decimal) -> Decimal | None:
        """How far `price` lies from the extreme of the window that is furthest from it, in percent
        of that extreme; None before the first sample."""
        if not self._samples:
            return None
        high, low = self._highs[0][1], self._lows[0][1]
        return max((high - price) / high, (price - low) / low) * 100

    def range_ratio(self) -> Decimal | None:
        """Highest less lowest price, over the lowest; None before the first sample."""
        if not self._samples:
            return None
        return (self._highs[0][1] - self._lows[0][1]) / self._lows[0][1]

    def _forget(self, before_us: int) -> None:
        while self._samples[0][0] < before_us:
            self._sum -= self._samples.popleft()[1]
        for extremes in (self._highs, self._lows):
            while extremes[0][0] < before_us:
                extremes.popleft()
