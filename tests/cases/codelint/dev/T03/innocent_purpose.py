"""The mark is given, is the class's own default, or the order opens."""

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


@dataclass
class ExitOrder:
    symbol: str
    qty: Decimal
    purpose: Purpose = Purpose.EXIT
    reduce_only: bool = True


def leave(symbol, qty, is_last):
    yield OrderRequest(symbol, "Sell", qty, 1, purpose=Purpose.EXIT, reduce_only=True)
    yield OrderRequest(symbol, "Sell", qty, 1, purpose=Purpose.EXIT, reduce_only=is_last)
    yield ExitOrder(symbol, qty, purpose=Purpose.EXIT)


def enter(symbol, qty, **more):
    yield OrderRequest(symbol, "Buy", qty, 1, purpose=Purpose.ENTRY)
    yield OrderRequest(symbol, "Sell", qty, 1, purpose=Purpose.EXIT, **more)
