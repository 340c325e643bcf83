"""The other direction is sound: the leg and the purpose tell the side of the order."""

import enum


class Purpose(enum.Enum):
    OPEN = "open"
    CLOSE = "close"


def order_side(position_idx: int, purpose: Purpose) -> str:
    if position_idx not in (1, 2):
        raise ValueError(f"position_idx {position_idx}: expected 1 or 2")
    is_long = position_idx == 1
    is_opening = purpose is Purpose.OPEN
    return "Buy" if is_long == is_opening else "Sell"


def fill_sign(side: str) -> int:
    return 1 if side == "Buy" else -1
