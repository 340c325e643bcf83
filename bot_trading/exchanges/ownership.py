"""Which protective orders of an account are this core's: a person's, and another core's, are not.

Ids tell: those of the core begin with marks that hold its tag. What an earlier release placed has
other names, or none, and is known by what the database says of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
        self._losses: defaultdict[LegId, set[Decimal]] = defaultdict(set)
        self._profits: defaultdict[LegId, set[Decimal]] = defaultdict(set)

    def recall(self, order_ids: Iterable[str], levels: Iterable[LegProtection]) -> None:
        """What the database knows of earlier releases: their orders, and every protection that
        they asked for. What rests may be any of it, since a stop may have been decided and never
        set."""
        self._orders = frozenset(order_ids)
        self._losses.clear()
        self._profits.clear()
        for each in levels:
            if each.stop_loss is not None:
                self._losses[each.leg_id].add(each.stop_loss)
            if each.take_profit is not None:
                self._profits[each.leg_id].add(each.take_profit)

    def is_named(self, name: str) -> bool:
        """True for an id of ours, and for one that was recognised."""
        return name.startswith(self._marks) or name in self._recognised

    def is_recalled(self, client_order_id: str) -> bool:
        """True for the id of an order that the database knows from an earlier release."""
        return client_order_id in self._orders

    def is_former(self, leg_id: LegId) -> bool:
        """True for a leg that an earlier release protected."""
        return leg_id in self._losses or leg_id in self._profits

    def recognise(
        self, name: str, leg_id: LegId, stop_loss: Decimal | None, take_profit: Decimal | None
    ) -> bool:
        """Whether an earlier release placed what rests at these prices, as the database once
        wanted it there; it stays ours under `name`, wherever it is moved."""
        if stop_loss is None and take_profit is None:
            return False
        if stop_loss is not None and stop_loss not in self._losses.get(leg_id, ()):
            return False
        if take_profit is not None and take_profit not in self._profits.get(leg_id, ()):
            return False
        self._recognised.add(name)
        return True
