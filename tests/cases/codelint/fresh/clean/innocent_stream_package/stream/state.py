"""Order states by venue id; older updates never overwrite newer ones."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


class Status(enum.Enum):
    NEW = "New"
    PARTIALLY_FILLED = "PartiallyFilled"
    FILLED = "Filled"
    CANCELED = "Cancelled"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class OrderState:
    venue_order_id: str
    status: Status
    filled: Decimal
    updated_ms: int

    @classmethod
    def of_row(cls, row: dict) -> OrderState:
        known = {status.value: status for status in Status}
        return cls(
            venue_order_id=row["orderId"],
            status=known.get(row["orderStatus"], Status.UNKNOWN),
            filled=Decimal(row["cumExecQty"]),
            updated_ms=int(row["updatedTime"]),
        )


class Orders:
    def __init__(self) -> None:
        self._by_id: dict[str, OrderState] = {}

    def apply(self, state: OrderState) -> bool:
        known = self._by_id.get(state.venue_order_id)
        if known is not None and known.updated_ms >= state.updated_ms:
            return False
        self._by_id[state.venue_order_id] = state
        return True

    def replace(self, states: Iterable[OrderState]) -> None:
        self._by_id = {state.venue_order_id: state for state in states}

    def snapshot(self) -> tuple[OrderState, ...]:
        return tuple(self._by_id.values())
