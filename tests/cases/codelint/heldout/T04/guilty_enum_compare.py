from enum import Enum


class OrderSide(Enum):
    BUY = "Buy"
    SELL = "Sell"


class PositionSide(Enum):
    LONG = "Long"
    SHORT = "Short"


class Leg:
    def __init__(self, side: PositionSide):
        self.side = side


def gain(leg: Leg, entry, price):
    if leg.side is OrderSide.BUY:  # expect: T04
        return price - entry
    return entry - price


def closing(order_side: OrderSide):
    return OrderSide.SELL if order_side == PositionSide.LONG else OrderSide.BUY  # expect: T04
