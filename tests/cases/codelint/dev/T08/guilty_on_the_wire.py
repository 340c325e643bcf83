"""Quantities that become binary fractions where the request is written."""


def body(symbol, side, qty, price, closes_all):
    return {
        "symbol": symbol,
        "side": side,
        "orderType": "Limit",
        "qty": "0" if closes_all else str(float(qty)),  # expect: T08
        "price": float(price),  # expect: T08
    }


class Create:
    def __init__(self, **words):
        self.words = words


def create(symbol, side, qty):
    return Create(symbol=symbol, side=side, qty=repr(float(qty)))  # expect: T08
