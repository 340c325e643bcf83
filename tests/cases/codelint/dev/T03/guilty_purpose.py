"""An order that says why it is sent, and not that it only closes."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Purpose(Enum):
    ENTRY = 1
    EXIT = 2


@dataclass
class OrderRequest:
    symbol: str
    side: str
    qty: Decimal
    leg_idx: int
    purpose: Purpose = Purpose.ENTRY
    reduce_only: bool = False


def leave(symbol, qty):
    return OrderRequest(symbol, "Sell", qty, 1, purpose=Purpose.EXIT)  # expect: T03


def leave_short(symbol, qty):
    return OrderRequest(  # expect: T03
        symbol=symbol, side="Buy", qty=qty, leg_idx=2, purpose=Purpose.EXIT, reduce_only=False
    )
