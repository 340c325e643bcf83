"""The leg from the side: by enum, by match, by a dictionary look-up with default."""

from enum import Enum


class OrderSide(Enum):
    BUY = 1
    SELL = 2


class Mapper:
    LEGS = {OrderSide.BUY: 1, OrderSide.SELL: 2}  # expect: T02@mapper

    def idx(self, side: OrderSide) -> int:
        return self.LEGS.get(side, 1)  # expect: T02@mapper

    def position_side(self, order):
        match order.side:
            case OrderSide.BUY:
                return "LONG"  # expect: T02@match
            case OrderSide.SELL:
                return "SHORT"  # expect: T02@match


def to_wire(order):
    wire = {"symbol": order.symbol, "side": order.side.name.title()}
    wire["positionIdx"] = (2, 1)[order.side is OrderSide.BUY]  # expect: T02
    return wire
