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
        samples, highs, lows = self._samples, self._highs, self._lows
        if samples and ts_us < samples[-1][0] + _SAMPLE_US:
            if lows[0][1] <= price <= highs[0][1]:
                return
            ts_us = max(ts_us, samples[-1][0])
        sample = (ts_us, price)
        samples.append(sample)
        self._sum += price
        while highs and highs[-1][1] <= price:
            highs.pop()
        highs.append(sample)
        while lows and lows[-1][1] >= price:
            lows.pop()
        lows.append(sample)
        before_us = ts_us - self.window_us
        while samples[0][0] < before_us:
            self._sum -= samples.popleft()[1]
        while highs[0][0] < before_us:
            highs.popleft()
        while lows[0][0] < before_us:
            lows.popleft()

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
