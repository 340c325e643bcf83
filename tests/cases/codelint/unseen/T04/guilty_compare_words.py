"""Profit of a leg, with the words of an order's side."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PositionLeg:
    symbol: str
    position_side: str
    quantity: Decimal
    entry: Decimal


def unrealised(leg: PositionLeg, mark: Decimal) -> Decimal:
    move = mark - leg.entry
    if leg.position_side == "Sell":  # expect: T04
        move = -move
    return move * leg.quantity


def total(legs: list[PositionLeg], marks: dict[str, Decimal]) -> Decimal:
    return sum((unrealised(leg, marks[leg.symbol]) for leg in legs), Decimal(0))
