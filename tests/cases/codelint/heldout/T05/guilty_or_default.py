"""Defaults by `or`, by getattr and by an else branch."""

from enum import Enum


class OrderType(Enum):
    LIMIT = "Limit"
    MARKET = "Market"


STATUS = {"live": "NEW", "filled": "FILLED", "canceled": "CANCELED"}


def status_of(raw):
    return STATUS.get(raw) or "NEW"  # expect: T05


def type_of(name):
    return getattr(OrderType, name.upper(), OrderType.MARKET)  # expect: T05


def is_open(raw):
    status = STATUS[raw] if raw in STATUS else "NEW"  # expect: T05
    return status == "NEW"
