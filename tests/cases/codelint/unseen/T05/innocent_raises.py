"""A word that is not known stops the parsing with a sentence; a colour may have a default."""

import enum


class OrderType(enum.Enum):
    LIMIT = "Limit"
    MARKET = "Market"


COLOURS = {"Filled": "green", "Rejected": "red"}


def order_type(raw: str) -> OrderType:
    try:
        return OrderType(raw)
    except ValueError:
        known = ", ".join(kind.value for kind in OrderType)
        raise ValueError(f"order type {raw!r}: expected one of {known}") from None


def colour(raw: str) -> str:
    return COLOURS.get(raw, "grey")
