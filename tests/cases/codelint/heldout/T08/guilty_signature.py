"""Floats for money in signatures, casts, literals and containers."""

from typing import NamedTuple, TypedDict


class Level(NamedTuple):
    price: float  # expect: T08
    qty: float  # expect: T08


class Balance(TypedDict):
    available: float  # expect: T08
    currency: str


def fee(notional: float, rate) -> object:  # expect: T08
    return notional * rate


class Account:
    def __init__(self, raw):
        self.wallet_balance = float(raw["walletBalance"])  # expect: T08
        self.fees = sum(map(float, raw["fees"]))  # expect: T08
