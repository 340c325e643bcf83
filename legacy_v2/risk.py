"""v2's risk check: limits on one order, one position and all positions, and on the day's loss.

The exchange is asked for positions and equity before each order: v2 keeps no account of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from legacy_v2.exchange import BybitExchange
from legacy_v2.orders import Order

__all__ = ["RiskError", "RiskLimits", "RiskManager"]


class RiskError(Exception):
    """The order is not allowed; the message names the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """USDT."""

    order_notional_max: float = 2_000.0
    position_notional_max: float = 4_000.0
    total_notional_max: float = 12_000.0
    daily_loss_max: float = 500.0


class RiskManager:
    """Allows or refuses entries; exits are never asked about."""

    def __init__(self, exchange: BybitExchange, limits: RiskLimits) -> None:
        self._exchange = exchange
        self._limits = limits
        self._day: date | None = None
        self._equity_at_start = 0.0

    def begin_day(self, day: date) -> None:
        """Remember the equity with which a day began."""
        if day != self._day:
            self._day = day
            _, self._equity_at_start = self._exchange.get_balance()

    def check(self, order: Order) -> None:
        """Raise RiskError for an entry that breaks a limit."""
        limits, notional = self._limits, order.quantity * order.price
        if order.quantity <= 0:
            raise RiskError("quantity: the order is smaller than the exchange's step")
        _expect("order_notional_max", notional, limits.order_notional_max)
        positions = self._exchange.get_positions()
        held = {name: row.size * row.mark_price for name, row in positions.items()}
        of_symbol = held.get(order.symbol, 0.0) + notional
        _expect("position_notional_max", of_symbol, limits.position_notional_max)
        _expect("total_notional_max", sum(held.values()) + notional, limits.total_notional_max)
        _, equity = self._exchange.get_balance()
        if self._equity_at_start - equity >= limits.daily_loss_max:
            raise RiskError(f"daily_loss_max: lost {self._equity_at_start - equity:.2f} today")


def _expect(limit: str, value: float, allowed: float) -> None:
    if value > allowed:
        raise RiskError(f"{limit}: {value:.2f} is above {allowed:.2f}")
