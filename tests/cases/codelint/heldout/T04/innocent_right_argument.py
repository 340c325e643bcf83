"""Each function gets the side that its parameter names."""

OPPOSITE = {"Buy": "Sell", "Sell": "Buy"}
CLOSING = {"LONG": "Sell", "SHORT": "Buy"}


def stop_price(position_side, entry, distance):
    if position_side == "LONG":
        return entry - distance
    return entry + distance


def plan(leg, distance):
    return {
        "side": CLOSING[leg.position_side],
        "stop": stop_price(leg.position_side, leg.avg_px, distance),
    }


def unwind_side(order):
    return OPPOSITE[order.order_side]
