"""Risk review with reservations: what is approved is spent at once, what fails is given back.

Synchronous on purpose: no await can come between the check and the reservation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    order_notional_max: Decimal
    leg_notional_max: Decimal
    total_notional_max: Decimal
    orders_in_flight_max: int

    def __post_init__(self) -> None:
        for name in ("order_notional_max", "leg_notional_max", "total_notional_max"):
            if getattr(self, name) <= ZERO:
                raise ValueError(f"limits.{name} is {getattr(self, name)}: expected more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    client_order_id: str
    symbol: str
    position_idx: int
    quantity: Decimal
    price: Decimal
    reduce_only: bool

    @property
    def notional(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    control: str
    limit: Decimal
    measured: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    intent: Intent


@dataclass(slots=True, kw_only=True)
class RiskBook:
    limits: Limits
    confirmed: dict[tuple[str, int], Decimal] = field(default_factory=dict)
    reserved: dict[str, Intent] = field(default_factory=dict)

    def review(self, intent: Intent) -> Approved | Denied:
        """Approve and reserve, or deny with the control that was hit; exits are never denied."""
        if intent.reduce_only:
            return Approved(intent=intent)
        for name, limit, measured in self._measures(intent):
            if measured > limit:
                return Denied(control=name, limit=limit, measured=measured)
        self.reserved[intent.client_order_id] = intent
        return Approved(intent=intent)

    def _measures(self, intent: Intent) -> list[tuple[str, Decimal, Decimal]]:
        limits = self.limits
        leg = (intent.symbol, intent.position_idx)
        in_flight = [r for r in self.reserved.values() if (r.symbol, r.position_idx) == leg]
        leg_notional = self.confirmed.get(leg, ZERO) + sum((r.notional for r in in_flight), ZERO)
        total = sum(self.confirmed.values(), ZERO)
        total += sum((r.notional for r in self.reserved.values()), ZERO)
        return [
            ("order_notional_max", limits.order_notional_max, intent.notional),
            ("leg_notional_max", limits.leg_notional_max, leg_notional + intent.notional),
            ("total_notional_max", limits.total_notional_max, total + intent.notional),
            (
                "orders_in_flight_max",
                Decimal(limits.orders_in_flight_max),
                Decimal(len(self.reserved) + 1),
            ),
        ]

    def settle(self, client_order_id: str) -> None:
        """The order is final: what it reserved is free again."""
        self.reserved.pop(client_order_id, None)

    def confirm(self, legs: Mapping[tuple[str, int], Decimal]) -> None:
        """Replace what is held by what the exchange reported."""
        self.confirmed = dict(legs)


def size(equity: Decimal, risk_ratio: Decimal, distance: Decimal, step: Decimal) -> Decimal:
    """Quantity whose loss at the stop is at most `equity * risk_ratio`, rounded down."""
    if distance <= ZERO:
        raise ValueError(f"stop distance is {distance}: expected more than 0")
    raw = equity * risk_ratio / distance
    return (raw / step).to_integral_value(rounding=ROUND_DOWN) * step
