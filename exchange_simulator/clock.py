"""Two times in one clock: wall time, told by the caller, and market time, which follows from it.

A server tells the machine's time, which `machine_us` alone reads; a simulation tells any time.
"""

import time
from fractions import Fraction

__all__ = ["SimulatedClock", "machine_us"]


def machine_us() -> int:
    """Return the machine's time in microseconds UTC."""
    return time.time_ns() // 1000


class SimulatedClock:
    """Maps wall time to market time at a constant speed; neither ever goes backwards."""

    def __init__(self, *, wall_us: int, market_us: int, speed: Fraction) -> None:
        """Start with both times given in microseconds UTC; `speed` market seconds per second."""
        self._wall_start_us = wall_us
        self._market_start_us = market_us
        self.speed = speed
        self.wall_us = wall_us
        self.market_us = market_us

    def tell(self, wall_us: int) -> None:
        """Set the wall time; an earlier time than before is ignored."""
        if wall_us <= self.wall_us:
            return
        self.wall_us = wall_us
        elapsed_us = wall_us - self._wall_start_us
        passed_us = elapsed_us * self.speed.numerator // self.speed.denominator
        self.market_us = self._market_start_us + passed_us

    def stand_still(self, wall_us: int) -> None:
        """Let wall time pass for so long without market time, from now on or since the last tell.

        A machine too slow for the speed asked for gets a slower market, never a deaf exchange.
        """
        self._wall_start_us += wall_us

    def wall_us_at(self, market_us: int) -> int:
        """Return the first wall microsecond at which market time has reached `market_us`."""
        passed = (market_us - self._market_start_us) * self.speed.denominator
        return self._wall_start_us - (-passed // self.speed.numerator)

    @property
    def wall_ms(self) -> int:
        """Wall time in milliseconds UTC."""
        return self.wall_us // 1000

    @property
    def market_ms(self) -> int:
        """Market time in milliseconds UTC."""
        return self.market_us // 1000
