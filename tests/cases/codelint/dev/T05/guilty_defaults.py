"""Unknown becomes plausible."""

from enum import StrEnum


class OrderStatus(StrEnum):
    NEW = "NEW"
    FILLED = "FILLED"
    CANCELED = "CANCELED"


STATUS_OF = {"New": OrderStatus.NEW, "Filled": OrderStatus.FILLED}
TYPE_OF = {"market": "Market", "limit": "Limit"}


def order_status(raw: str) -> OrderStatus:
    return STATUS_OF.get(raw, OrderStatus.NEW)  # expect: T05


def wire_type(order_type: str) -> str:
    return TYPE_OF.get(order_type, "Market")  # expect: T05


def parse_status(raw: str) -> OrderStatus:
    try:
        return OrderStatus(raw.upper())
    except ValueError:  # expect: T05@except
        return OrderStatus.NEW  # expect: T05@except
