"""Models and sums of money in binary fractions."""

import attrs
from pydantic import BaseModel


class Fill(BaseModel):
    symbol: str
    price: float  # expect: T08
    quantity: float  # expect: T08
    fee: float  # expect: T08


@attrs.define
class Balance:
    coin: str
    equity: float = 0.0  # expect: T08


def pnl(entry: str, mark: str, lots: int):
    entry_price = float(entry)  # expect: T08
    mark_price = float(mark)  # expect: T08
    return (mark_price - entry_price) * lots
