"""Stops of legs in hedge mode that name no leg."""

HEDGE = True


def trail(gap):
    if not gap:
        return {}
    return {"trailingStop": str(gap)}


def stop_body(symbol, stop, target, gap):
    return {  # expect: T01
        "category": "linear",
        "symbol": symbol,
        "tpslMode": "Full",
        "stopLoss": str(stop),
        "takeProfit": str(target),
        **trail(gap),
    }


def protect(session, symbol, stop):
    return session.set_trading_stop(category="linear", symbol=symbol, stopLoss=str(stop))  # expect: T01


def positions(session, symbol):
    rows = session.get_positions(category="linear", symbol=symbol)["result"]["list"]
    return {row["positionIdx"]: row for row in rows}
