"""What approved orders may still spend: held from approval until their fills are in the legs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.instrument import LegId

__all__ = ["Reservations"]


@dataclass(slots=True)
class Reservations:
    """Notional in quote coin per order and leg; in-flight orders count at once (RTS 6 Art. 15(2)).

    Setting the same order twice replaces, so a release happens exactly once.
    """

    _held: dict[str, tuple[LegId, Decimal]] = field(default_factory=dict)
    _by_leg: dict[LegId, Decimal] = field(default_factory=dict)
    total: Decimal = Decimal(0)

    def hold(self, client_order_id: str, leg_id: LegId, notional: Decimal) -> None:
        """Hold exactly `notional` for the order; zero releases it."""
        _, before = self._held.pop(client_order_id, (leg_id, Decimal(0)))
        change = notional - before
        self.total += change
        self._by_leg[leg_id] = self._by_leg.get(leg_id, Decimal(0)) + change
        if notional > 0:
            self._held[client_order_id] = (leg_id, notional)

    def of_leg(self, leg_id: LegId) -> Decimal:
        """What is held for one leg."""
        return self._by_leg.get(leg_id, Decimal(0))

    def of_order(self, client_order_id: str) -> Decimal:
        """What is held for one order."""
        held = self._held.get(client_order_id)
        return held[1] if held else Decimal(0)
