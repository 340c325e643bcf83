"""Both vocabularies in one file, joined by named conversions only."""

import enum


class PositionSide(enum.Enum):
    LONG = "long"
    SHORT = "short"


class OrderSide(enum.Enum):
    BUY = "Buy"
    SELL = "Sell"


OPENING = {PositionSide.LONG: OrderSide.BUY, PositionSide.SHORT: OrderSide.SELL}
CLOSING = {PositionSide.LONG: OrderSide.SELL, PositionSide.SHORT: OrderSide.BUY}


def is_closing(order_side: OrderSide, position_side: PositionSide) -> bool:
    return CLOSING[position_side] is order_side


def opening_side(position_side: PositionSide) -> OrderSide:
    return OPENING[position_side]
