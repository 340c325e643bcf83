"""Quantities keep their digits on the way to the request; what people look at may be rounded."""


def body(symbol, side, qty, closes_all):
    return {
        "symbol": symbol,
        "side": side,
        "orderType": "Market",
        "qty": "0" if closes_all else format(qty, "f"),
    }


def progress(symbol, side, done_ratio):
    return {"symbol": symbol, "side": side, "orderType": "Market", "done": str(float(done_ratio))}
