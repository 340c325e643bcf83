"""Unknown words of the exchange that become known ones."""

from enum import Enum


class OrderStatus(Enum):
    NEW = 1
    FILLED = 2
    CANCELED = 3

    @classmethod
    def _missing_(cls, value):
        return cls.NEW  # expect: T05


WIRE = {"NEW": OrderStatus.NEW, "FILLED": OrderStatus.FILLED}


def status(row):
    found = WIRE.get(row["status"])
    if found is None:
        found = OrderStatus.CANCELED  # expect: T05
    return found


def order_type(row):
    return {"LIMIT": "limit"}.get(row["type"], "market")  # expect: T05


def status_chain(row):
    return OrderStatus.FILLED if row["status"] == "FILLED" else OrderStatus.NEW  # expect: T05
