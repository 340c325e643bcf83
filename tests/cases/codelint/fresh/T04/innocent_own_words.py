"""Each side is compared with its own words only."""


def is_growth(order_side: str, position_side: str) -> bool:
    if position_side == "LONG":
        return order_side == "BUY"
    if position_side == "SHORT":
        return order_side == "SELL"
    raise ValueError(f"position side {position_side!r}: expected LONG or SHORT")


def closing(position_side: str) -> str:
    return {"LONG": "SELL", "SHORT": "BUY"}[position_side]


def same_leg(left, right) -> bool:
    return left.position_side == right.position_side and left.symbol == right.symbol
