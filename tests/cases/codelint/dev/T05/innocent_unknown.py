"""Unknown stays unknown, or is an error."""

from enum import StrEnum


class OrderStatus(StrEnum):
    NEW = "NEW"
    FILLED = "FILLED"
    UNKNOWN = "UNKNOWN"


STATUS_OF = {"New": OrderStatus.NEW, "Filled": OrderStatus.FILLED}
TYPE_OF = {"market": "Market", "limit": "Limit"}


def order_status(raw: str) -> OrderStatus:
    return STATUS_OF.get(raw, OrderStatus.UNKNOWN)


def wire_type(order_type: str) -> str:
    wire = TYPE_OF.get(order_type)
    if wire is None:
        raise ValueError(f"order type {order_type!r}: expected one of {sorted(TYPE_OF)}")
    return wire


def parse_status(raw: str) -> OrderStatus:
    try:
        return STATUS_OF[raw]
    except KeyError:
        raise ValueError(f"order status {raw!r} is not known") from None
