"""What is configured of arbitrage: between whom, at which costs, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.arbitrage.edge import Thresholds
from bot_trading.arbitrage.group import Bounds

__all__ = ["ArbitrageSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArbitrageSpec:
    """`exchanges` are the two sides of every pair; fees are a part of the notional, by exchange.

    `round_trip_us` stands for an exchange until enough orders there were measured. After a group a
    pair rests for `pause_us`. A share of all money that wandered by more than `drift_max_ratio`
    since the week began is told to a person.
    """

    exchanges: tuple[str, str]
    taker_fee_ratio: Mapping[str, Decimal]
    thresholds: Thresholds
    bounds: Bounds
    round_trip_us: int
    pause_us: int
    drift_max_ratio: Decimal

    def __post_init__(self) -> None:
        first, second = self.exchanges
        if first == second:
            raise ValueError(
                f"the same account on {first} stands on both sides: a pair needs two exchanges"
            )
