"""The leg stands in the body, comes with a part that is spread, or is put in afterwards."""

HEDGE = True


def which(leg):
    return {"positionIdx": 1 if leg == "long" else 2}


def stop_body(symbol, stop, leg):
    return {"symbol": symbol, "tpslMode": "Full", "stopLoss": str(stop), **which(leg)}


def later(symbol, stop, leg):
    body = {"symbol": symbol, "tpslMode": "Full", "stopLoss": str(stop)}
    body["positionIdx"] = 1 if leg == "long" else 2
    return body


def open_ended(symbol, stop, extra):
    return {"symbol": symbol, "tpslMode": "Full", "stopLoss": str(stop), **extra}


def protect(session, symbol, stop, leg):
    session.set_trading_stop(
        category="linear", symbol=symbol, stopLoss=str(stop), positionIdx=1 if leg == "long" else 2
    )


def amend(symbol, stop, order_id):
    return {"symbol": symbol, "orderId": order_id, "tpslMode": "Full", "stopLoss": str(stop)}


def shown(symbol, stop):
    return {"symbol": symbol, "stopLoss": str(stop), "colour": "red"}
