"""What approved orders may still spend: held from approval until their fills are in the legs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.instrument import LegId

__all__ = ["Reservations"]


@dataclass(slots=True)
class Reservations:
    """Notional in quote coin per order and leg; in-flight orders count at once (RTS 6 Art. 15(2)).

    An order is held at the price at which it was approved. Outstanding quantity only shrinks, so
    a repeated or late message cannot release twice.
    """

    _held: dict[str, tuple[LegId, Decimal, Decimal]] = field(default_factory=dict)
    _by_leg: dict[LegId, Decimal] = field(default_factory=dict)
    total: Decimal = Decimal(0)

    def hold(self, client_order_id: str, leg_id: LegId, quantity: Decimal, price: Decimal) -> None:
        """Begin to hold `quantity` × `price` for an order that holds nothing yet."""
        if client_order_id in self._held:
            raise ValueError(f"{client_order_id} already holds a reservation")
        self._held[client_order_id] = (leg_id, quantity, price)
        self._move(leg_id, quantity * price)

    def shrink(self, client_order_id: str, outstanding: Decimal) -> None:
        """Hold no more than `outstanding` for the order from now on; zero ends it."""
        held = self._held.get(client_order_id)
        if held is None or outstanding >= held[1]:
            return
        leg_id, quantity, price = held
        self._move(leg_id, (outstanding - quantity) * price)
        if outstanding > 0:
            self._held[client_order_id] = (leg_id, outstanding, price)
        else:
            del self._held[client_order_id]

    def of_leg(self, leg_id: LegId) -> Decimal:
        """What is held for one leg."""
        return self._by_leg.get(leg_id, Decimal(0))

    def by_leg(self) -> Iterable[tuple[LegId, Decimal]]:
        """What is held, leg by leg."""
        return self._by_leg.items()

    def _move(self, leg_id: LegId, change: Decimal) -> None:
        self.total += change
        self._by_leg[leg_id] = self._by_leg.get(leg_id, Decimal(0)) + change
