"""Words of the one side compared with the other."""

from typing import Literal

OrderSide = Literal["BUY", "SELL"]
PositionSide = Literal["LONG", "SHORT"]


def stop_below(position_side: PositionSide) -> bool:
    return position_side == "BUY"  # expect: T04


def adds_to(order_side: OrderSide, position_side: PositionSide) -> bool:
    return order_side == position_side  # expect: T04


def exit_body(leg) -> dict:
    return {
        "symbol": leg.symbol,
        "side": leg.position_side,  # expect: T04@body
        "reduceOnly": True,
        "positionIdx": leg.position_idx,
        "qty": str(leg.quantity),
    }  # expect: T04@body
