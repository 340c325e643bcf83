"""None that the caller must handle, an error with the raw word, and an exhaustive match."""

from enum import Enum


class OrderType(Enum):
    LIMIT = "Limit"
    MARKET = "Market"


STATUS = {"live": "NEW", "filled": "FILLED", "canceled": "CANCELED"}


def status_of(raw):
    return STATUS.get(raw)


def type_of(raw):
    match raw:
        case "limit" | "post_only":
            return OrderType.LIMIT
        case "market":
            return OrderType.MARKET
        case _:
            raise ValueError(f"order type {raw!r}: expected limit, post_only or market")


def is_final(status):
    return status in {"FILLED", "CANCELED"}
