"""What holding a pair costs beside its prices: fees, funding to the horizon, and being late."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = ["FundingTerms", "RoundTrips", "expected_funding", "fees_ratio", "latency_ratio"]

_BPS = Decimal(10_000)
_SECOND_US = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingTerms:
    """The rate of the next settlement (a part of the notional that longs pay), when, how often."""

    rate: Decimal
    ts_next_us: int
    interval_us: int

    def __post_init__(self) -> None:
        if self.interval_us <= 0:
            raise ValueError("funding settles at intervals above zero")

    def settlements(self, from_us: int, until_us: int) -> int:
        """How many settlements fall after `from_us` and not after `until_us`."""
        passed = max(0, (from_us - self.ts_next_us) // self.interval_us + 1)
        reached = max(0, (until_us - self.ts_next_us) // self.interval_us + 1)
        return max(0, reached - passed)


@dataclass(slots=True)
class RoundTrips:
    """The last round trips of orders to one exchange, as they were measured, in microseconds."""

    kept: int = 100
    needed: int = 5
    _seen: deque[int] = field(default_factory=deque)

    def add(self, round_trip_us: int) -> None:
        """Take in one measurement; raises ValueError for one below zero."""
        if round_trip_us < 0:
            raise ValueError("a round trip takes no less than nothing")
        self._seen.append(round_trip_us)
        if len(self._seen) > self.kept:
            self._seen.popleft()

    def high_us(self) -> int | None:
        """What 19 of 20 stayed within (nearest rank); None before `needed` were measured."""
        if len(self._seen) < self.needed:
            return None
        ordered = sorted(self._seen)
        rank = -(-len(ordered) * 19 // 20)
        return ordered[rank - 1]


def fees_ratio(buy_fee: Decimal, sell_fee: Decimal) -> Decimal:
    """Taker fees of both sides for the way in and the way out, as a part of the notional."""
    return 2 * (buy_fee + sell_fee)


def expected_funding(
    long: FundingTerms, short: FundingTerms, now_us: int, horizon_us: int
) -> Decimal:
    """What the long side pays and the short side receives until the horizon, net, as a part of
    the notional: above zero it is a cost. The next rate stands for those that follow."""
    until_us = now_us + horizon_us
    paid = long.rate * long.settlements(now_us, until_us)
    received = short.rate * short.settlements(now_us, until_us)
    return paid - received


def latency_ratio(round_trip_us: int, move_bps_per_root_s: Decimal) -> Decimal:
    """How far the difference may move while orders travel, as a part of the price.

    A random walk's deviation grows with the square root of time; `move_bps_per_root_s` is what it
    is after one second.
    """
    return move_bps_per_root_s / _BPS * (round_trip_us / _SECOND_US).sqrt()
