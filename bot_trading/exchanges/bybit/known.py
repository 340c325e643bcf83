"""Which leg an order belongs to, remembered from what was sent and seen.

Bybit's executions do not name their leg, so the order has to tell. Memory is bounded: the oldest
orders are forgotten first, and their executions then go out without a leg.
"""

from __future__ import annotations

from collections import OrderedDict

from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.reports import OrderReport
from bot_trading.exchanges.bybit.wire import ExecutionRow

__all__ = ["KnownOrders"]

ORDERS_MAX = 20_000


class KnownOrders:
    """Legs by client order id and by the exchange's id."""

    def __init__(self) -> None:
        self._legs: OrderedDict[str, PositionIdx] = OrderedDict()

    def remember_id(self, order_id: str, position_idx: PositionIdx) -> None:
        """Keep the leg of an order under one of its ids; an empty id is passed over."""
        if order_id and order_id not in self._legs:
            self._legs[order_id] = position_idx
            if len(self._legs) > ORDERS_MAX:
                self._legs.popitem(last=False)

    def remember(self, report: OrderReport) -> None:
        """Keep the leg that the exchange itself named."""
        self.remember_id(report.client_order_id, report.position_idx)
        self.remember_id(report.exchange_order_id, report.position_idx)

    def leg_of(self, row: ExecutionRow) -> PositionIdx | None:
        """The leg of an execution's order, or None when the order is not known here."""
        leg = self._legs.get(row.order_id)
        return leg if leg is not None else self._legs.get(row.order_link_id)
