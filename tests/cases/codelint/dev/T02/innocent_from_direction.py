"""The leg comes from the position's direction, which is another thing than an order's side."""

from enum import StrEnum


class PositionSide(StrEnum):
    LONG = "long"
    SHORT = "short"


def position_idx_of(position_side: PositionSide) -> int:
    return 1 if position_side is PositionSide.LONG else 2


IDX_BY_LEG = {"long": 1, "short": 2}


class Planner:
    def entry_side(self, direction: PositionSide) -> str:
        return "Buy" if direction is PositionSide.LONG else "Sell"

    def plan(self, signal) -> dict:
        return {
            "symbol": signal.symbol,
            "side": self.entry_side(signal.direction),
            "position_idx": IDX_BY_LEG[signal.direction],
        }
