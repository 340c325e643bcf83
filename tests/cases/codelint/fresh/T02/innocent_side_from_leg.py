"""The other way about is right: the order's side follows from the leg and the purpose."""


def side_of(position_side: str, is_opening: bool) -> str:
    is_buy = (position_side == "LONG") == is_opening
    return "BUY" if is_buy else "SELL"


def index_of(position_side: str) -> int:
    match position_side:
        case "LONG":
            return 1
        case "SHORT":
            return 2
    raise ValueError(f"position side {position_side!r}: expected LONG or SHORT")
