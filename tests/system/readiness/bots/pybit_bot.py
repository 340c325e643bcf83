"""A small bot on unmodified pybit, as its users write them: arguments are URL, key and secret.

With `careful` it names its orders and protects them; with `naive` it does neither.
"""

import sys
import time
import uuid
from typing import Any

from pybit.unified_trading import HTTP


def main(url: str, key: str, secret: str, way: str) -> None:
    """Enter a long leg, close it, and so on until ended."""
    session = HTTP(api_key=key, api_secret=secret)
    session.endpoint = url
    order: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT", "orderType": "Market"}
    while True:
        entry = {**order, "side": "Buy", "qty": "0.01", "positionIdx": 1}
        leave = {**order, "side": "Sell", "qty": "0.01", "positionIdx": 1}
        if way == "careful":
            rows = session.get_tickers(category="linear", symbol="BTCUSDT")["result"]["list"]
            stop = f"{float(rows[0]['lastPrice']) * 0.97:.1f}"
            entry |= {"stopLoss": stop, "orderLinkId": uuid.uuid4().hex}
            leave |= {"reduceOnly": True, "orderLinkId": uuid.uuid4().hex}
        session.place_order(**entry)
        time.sleep(3)
        session.place_order(**leave)
        time.sleep(0.5)


if __name__ == "__main__":
    main(*sys.argv[1:5])
