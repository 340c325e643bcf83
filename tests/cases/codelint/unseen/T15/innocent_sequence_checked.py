"""An older or repeated message is left out by its sequence number."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Leg:
    size: Decimal
    seq: int


@dataclass
class Positions:
    legs: dict[tuple[str, int], Leg] = field(default_factory=dict)
    late: int = 0

    def on_position(self, message: dict) -> None:
        for row in message["data"]:
            key = (row["symbol"], row["positionIdx"])
            known = self.legs.get(key)
            if known is not None and row["seq"] <= known.seq:
                self.late += 1
                continue
            self.legs[key] = Leg(Decimal(row["size"]), row["seq"])
