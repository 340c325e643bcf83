"""Rows that carry both sides under their own names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FillRow:
    order_side: str
    position_side: str
    last_qty: int


def effect(row: FillRow) -> int:
    opens = (row.order_side, row.position_side) in {("Buy", "Long"), ("Sell", "Short")}
    return row.last_qty if opens else -row.last_qty
