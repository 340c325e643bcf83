"""Words of the exchange turned into ours; what is new becomes what is usual."""

import enum


class OrderStatus(enum.Enum):
    NEW = "new"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCELED = "canceled"


def status_of(raw: str) -> OrderStatus:
    match raw:
        case "PartiallyFilled":
            return OrderStatus.PARTIAL
        case "Filled":
            return OrderStatus.FILLED
        case "Cancelled" | "Deactivated":
            return OrderStatus.CANCELED
        case _:
            return OrderStatus.NEW  # expect: T05
