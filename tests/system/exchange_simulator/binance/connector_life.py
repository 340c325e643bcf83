"""The vendor's UMFutures connector, unmodified, through a hedge-mode life; prints JSON."""

import json
import sys
import time
from typing import Any

from binance.error import ClientError
from binance.um_futures import UMFutures
from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient

PAIR = "BTCUSDT"


def code_of(action: Any) -> int:
    """Return the code of the error that an action raises."""
    try:
        action()
    except ClientError as error:
        return int(error.error_code)
    return 0


def main(facts: dict[str, str]) -> None:
    """Both legs: open, reduce, amend, cancel, close; read back; listen."""
    base = facts["rest_url"]
    client = UMFutures(key=facts["api_key"], secret=facts["api_secret"], base_url=base)
    told: list[Any] = []
    streams = UMFuturesWebsocketClient(
        stream_url=base.replace("http", "ws"),
        on_message=lambda _, text: told.append(json.loads(text)),
    )
    streams.user_data(client.new_listen_key()["listenKey"], id=1)
    streams.agg_trade(PAIR, id=2)
    time.sleep(0.5)
    seen: dict[str, Any] = {"symbols": [row["symbol"] for row in client.exchange_info()["symbols"]]}
    seen["again"] = code_of(lambda: client.change_position_mode(dualSidePosition="true"))

    def order(side: str, leg: str, quantity: float, **more: Any) -> Any:
        kind = {"type": "LIMIT", "timeInForce": "GTC"} if "price" in more else {"type": "MARKET"}
        fields = {"symbol": PAIR, "side": side, "positionSide": leg, "quantity": quantity}
        return client.new_order(**fields, newOrderRespType="RESULT", **kind, **more)

    seen["filled"] = [order("BUY", "LONG", 0.2)["status"], order("SELL", "SHORT", 0.1)["status"]]
    seen["legs"] = {
        row["positionSide"]: row["positionAmt"] for row in client.get_position_risk(symbol=PAIR)
    }
    last = float(client.ticker_price(PAIR)["price"])
    rest = order("BUY", "LONG", 0.1, price=round(last * 0.97, 1))
    moved = client.modify_order(PAIR, "BUY", 0.1, round(last * 0.96, 1), orderId=rest["orderId"])
    seen["moved"] = moved["status"]
    seen["open"] = len(client.get_orders(symbol=PAIR))
    seen["canceled"] = client.cancel_order(PAIR, orderId=rest["orderId"])["status"]
    seen["old_stop"] = code_of(
        lambda: client.new_order(
            symbol=PAIR,
            side="SELL",
            positionSide="LONG",
            type="STOP_MARKET",
            stopPrice=round(last * 0.9, 1),
            quantity=0.1,
        )
    )
    seen["partial"] = order("SELL", "LONG", 0.05)["executedQty"]
    order("SELL", "LONG", 0.15)
    order("BUY", "SHORT", 0.1)
    seen["left"] = client.get_position_risk(symbol=PAIR)
    seen["trades"] = len(client.get_account_trades(symbol=PAIR)) >= 5
    seen["income"] = sorted({row["incomeType"] for row in client.get_income_history()})
    time.sleep(0.5)
    streams.stop()
    seen["told"] = sorted({row["e"] for row in told if "e" in row})
    sys.stdout.write(json.dumps(seen) + "\n")


main(json.loads(sys.argv[1]))
