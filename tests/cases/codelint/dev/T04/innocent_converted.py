"""Both sides, each compared with its own words and converted by name."""

from enum import StrEnum


class OrderSide(StrEnum):
    BUY = "Buy"
    SELL = "Sell"


class PositionSide(StrEnum):
    LONG = "Long"
    SHORT = "Short"


def opening_side(position_side: PositionSide) -> OrderSide:
    return OrderSide.BUY if position_side is PositionSide.LONG else OrderSide.SELL


def closing_side(position_side: PositionSide) -> OrderSide:
    return OrderSide.SELL if position_side is PositionSide.LONG else OrderSide.BUY


def is_entry(position_side: PositionSide, order_side: OrderSide) -> bool:
    return order_side is opening_side(position_side)
