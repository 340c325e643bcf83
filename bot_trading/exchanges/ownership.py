"""Which protective orders of an account are this core's: a person's, and another core's, are not.

Ids tell: those of the core begin with marks that hold its tag. What an earlier release placed has
other names, or none, and is known by what the database says of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection

__all__ = ["UNTAGGED", "OwnStops"]

UNTAGGED = "000000"  # The tag of a client that nobody gave one.


class OwnStops:
    """The marks with which ids of our own begin, and what was recalled."""

    def __init__(self, *marks: str) -> None:
        self._marks = marks
        self._recognised: set[str] = set()
        self._orders: frozenset[str] = frozenset()
        self._levels: dict[LegId, LegProtection] = {}

    def recall(self, order_ids: Iterable[str], levels: Mapping[LegId, LegProtection]) -> None:
        """What the database knows of earlier releases: their orders, and the protection that was
        wanted last for legs that they opened."""
        self._orders = frozenset(order_ids)
        self._levels = dict(levels)

    def is_named(self, name: str) -> bool:
        """True for an id of ours, and for one that was recognised."""
        return name.startswith(self._marks) or name in self._recognised

    def is_recalled(self, client_order_id: str) -> bool:
        """True for the id of an order that the database knows from an earlier release."""
        return client_order_id in self._orders

    def recognise(
        self, name: str, leg_id: LegId, stop_loss: Decimal | None, take_profit: Decimal | None
    ) -> bool:
        """Whether an earlier release placed what rests at these prices, as the database wants it
        there; it stays ours under `name`, wherever it is moved."""
        levels = self._levels.get(leg_id)
        if levels is None or (stop_loss is None and take_profit is None):
            return False
        if stop_loss not in (None, levels.stop_loss) or take_profit not in (
            None,
            levels.take_profit,
        ):
            return False
        self._recognised.add(name)
        return True
