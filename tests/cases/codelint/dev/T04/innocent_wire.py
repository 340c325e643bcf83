"""Bybit's position rows call the leg's side Buy and Sell: wire words, translated at the door."""

LEG_OF_WIRE_SIDE = {"Buy": "long", "Sell": "short"}


def leg_of_row(row: dict) -> str:
    side = row["side"]
    if side not in LEG_OF_WIRE_SIDE:
        raise ValueError(f"position row of {row['symbol']}: side is {side!r}, not Buy or Sell")
    return LEG_OF_WIRE_SIDE[side]
