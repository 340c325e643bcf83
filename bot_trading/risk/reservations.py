"""What approved orders may still spend: held from approval until their fills are in the legs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.risk.exposure import Exposure

__all__ = ["Reservations"]


@dataclass(slots=True)
class Reservations:
    """Notional in quote coin per order and leg; in-flight orders count at once (RTS 6 Art. 15(2)).

    An order is held at the price at which it was approved. Outstanding quantity only shrinks, so
    a repeated or late message cannot release twice. `exposure` holds the sums, `unmeasured` what
    was approved since the book was measured last, filled or not, in the order of approval.
    """

    unmeasured: list[tuple[LegId, Decimal]] = field(default_factory=list)
    _held: dict[str, tuple[LegId, Decimal, Decimal]] = field(default_factory=dict)
    exposure: Exposure = field(default_factory=Exposure)

    @property
    def total(self) -> Decimal:
        """What is held for all legs."""
        return self.exposure.total

    def hold(self, client_order_id: str, leg_id: LegId, quantity: Decimal, price: Decimal) -> None:
        """Begin to hold `quantity` × `price` for an order that holds nothing yet."""
        if client_order_id in self._held:
            raise ValueError(f"{client_order_id} already holds a reservation")
        self._held[client_order_id] = (leg_id, quantity, price)
        notional = quantity * price
        self.exposure.move(leg_id, notional)
        self.unmeasured.append((leg_id, notional))

    def shrink(self, client_order_id: str, outstanding: Decimal) -> None:
        """Hold no more than `outstanding` for the order from now on; zero ends it."""
        held = self._held.get(client_order_id)
        if held is None or outstanding >= held[1]:
            return
        leg_id, quantity, price = held
        self.exposure.move(leg_id, (outstanding - quantity) * price)
        if outstanding > 0:
            self._held[client_order_id] = (leg_id, outstanding, price)
        else:
            del self._held[client_order_id]

    def holds(self, client_order_id: str) -> bool:
        """True while something is held for the order."""
        return client_order_id in self._held

    def of_leg(self, leg_id: LegId) -> Decimal:
        """What is held for one leg."""
        return self.exposure.of_leg(leg_id)
