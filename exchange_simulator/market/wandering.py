"""A basis that wanders and comes back: one exchange's prices beside those of the others.

From candle to candle it is a first-order autoregression around zero, summed from its last shocks
alone, each drawn from seed, symbol and candle: any moment can be computed without its past.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import ceil, log, sqrt
from random import Random

from exchange_simulator.market.depth import RecordedBook
from exchange_simulator.market.path import Path
from exchange_simulator.market.tape import Tape, TapeCandle

__all__ = ["HALF_LIFE_CANDLES", "WanderingTape"]

HALF_LIFE_CANDLES = 3
_FORGOTTEN = 1e-3


class WanderingTape:
    """A tape with a wandering number of ticks added to each candle and to all prices inside it.

    `deviation_ticks` is the basis' standard deviation; half of a basis is gone after
    `HALF_LIFE_CANDLES` candles on average. A recorded book cannot be moved so: give it none.
    """

    def __init__(self, tape: Tape, *, deviation_ticks: float, seed: str) -> None:
        self._tape = tape
        keeps = 0.5 ** (1 / HALF_LIFE_CANDLES)
        # What is kept of a shock after each candle, and all of it together deviates by so much.
        weights = [keeps**age for age in range(ceil(log(_FORGOTTEN) / log(keeps)))]
        scale = deviation_ticks / sqrt(sum(weight**2 for weight in weights))
        self._weights = [weight * scale for weight in weights]
        self._shock = lru_cache(maxsize=1_024)(
            lambda index: Random(f"{seed}:{index}").gauss(0, 1)  # noqa: S311 - repeats, no secret.
        )
        self.basis_ticks = lru_cache(maxsize=1_024)(self._basis_ticks)

    def _basis_ticks(self, index: int) -> int:
        shocks = (self._shock(index - age) * each for age, each in enumerate(self._weights))
        basis: float = sum(shocks)
        return round(basis)

    @property
    def interval_ms(self) -> int:
        """Length of a candle."""
        return self._tape.interval_ms

    @property
    def volume_decimals(self) -> int:
        """Volumes are whole numbers of 10^-volume_decimals."""
        return self._tape.volume_decimals

    @property
    def first_ms(self) -> int:
        """When the first candle opens."""
        return self._tape.first_ms

    def candle(self, index: int) -> TapeCandle | None:
        """The candle at an index with its basis, or None where the tape has ended."""
        candle = self._tape.candle(index)
        if candle is None:
            return None
        basis = self.basis_ticks(index)
        return candle._replace(
            open=max(1, candle.open + basis),
            high=max(1, candle.high + basis),
            low=max(1, candle.low + basis),
            close=max(1, candle.close + basis),
        )

    def path(self, index: int) -> Path | None:
        """The recorded trades inside a candle with its basis, or None where they are to be made."""
        path = self._tape.path(index)
        if path is None:
            return None
        basis = self.basis_ticks(index)
        return path._replace(prices=[max(1, ticks + basis) for ticks in path.prices])

    def end_ms(self) -> int | None:
        """When the last candle closes, or None for a tape without an end."""
        return self._tape.end_ms()

    def funding_rates(self) -> Mapping[int, float]:
        """Recorded funding rates by settlement time in ms."""
        return self._tape.funding_rates()

    def volume_typical(self) -> int:
        """The typical volume of one candle."""
        return self._tape.volume_typical()

    def recorded_book(self) -> RecordedBook | None:
        """None: a book is made around the prices."""
        return None
