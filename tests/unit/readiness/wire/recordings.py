"""Recordings made by hand: a sane session of a minute in the words of each exchange."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

S = 1_000_000
KEY = "k" * 64
PRIVATE = {"bybit": "/v5/private", "binance": f"/ws?listenKey={KEY}", "okx": "/ws/v5/private"}
PUBLIC = {"bybit": "/v5/public/linear", "binance": "/ws", "okx": "/ws/v5/public"}
ACCEPTED: dict[str, Any] = {
    "bybit": {"retCode": 0, "retMsg": "OK"},
    "binance": {"orderId": 1},
    "okx": {"code": "0", "data": [{"sCode": "0"}]},
}
SUBSCRIBE: dict[str, Any] = {
    "bybit": {"op": "subscribe", "args": ["order"]},
    "binance": {"method": "SUBSCRIBE", "params": ["btcusdt@kline_1m"], "id": 1},
    "okx": {"op": "subscribe", "args": [{"channel": "orders"}]},
}
DATA: dict[str, Any] = {
    "bybit": {"topic": "tickers.BTCUSDT", "data": {}},
    "binance": {"e": "kline", "s": "BTCUSDT"},
    "okx": {"arg": {"channel": "tickers"}, "data": [{}]},
}
READS = {
    "bybit": ("/v5/position/list", "/v5/order/realtime"),
    "binance": ("/fapi/v3/positionRisk", "/fapi/v1/openOrders"),
    "okx": ("/api/v5/account/positions", "/api/v5/trade/orders-pending"),
}
CREATE = {
    "bybit": "/v5/order/create",
    "binance": "/fapi/v1/order",
    "okx": "/api/v5/trade/order",
}
STOP = {
    "bybit": "/v5/position/trading-stop",
    "binance": "/fapi/v1/algoOrder",
    "okx": "/api/v5/trade/order-algo",
}


def request(
    exchange: str,
    at_s: float,
    method: str,
    target: str,
    body: Any = "",
    *,
    reply: Any = None,
    status: int = 200,
    lost: bool = False,
) -> dict[str, Any]:
    """A request and its answer; an accepting one where nothing else is said."""
    text = body if isinstance(body, str) else json.dumps(body)
    answer = ACCEPTED[exchange] if reply is None else reply
    said = {"text": answer if isinstance(answer, str) else json.dumps(answer)}
    return {
        "exchange": exchange,
        "kind": "request",
        "wall_us": round(at_s * S),
        "method": method,
        "target": target,
        "body": {"text": text},
        "reply": {"status": status, "lost": lost, "body": said},
    }


def frame(exchange: str, at_s: float, kind: str, socket: str, told: Any) -> dict[str, Any]:
    """A frame of the bot (`in`) or of the exchange (`out`)."""
    text = told if isinstance(told, str) else json.dumps(told)
    shared = {"exchange": exchange, "kind": kind, "wall_us": round(at_s * S)}
    return {**shared, "socket": socket, "frame": {"text": text}}


def opened(exchange: str, at_s: float, socket: str, path: str) -> dict[str, Any]:
    """A socket that opens."""
    shared = {"exchange": exchange, "kind": "open", "wall_us": round(at_s * S)}
    return {**shared, "socket": socket, "path": path}


def closed(exchange: str, at_s: float, socket: str) -> dict[str, Any]:
    """A socket that is gone."""
    return {"exchange": exchange, "kind": "close", "wall_us": round(at_s * S), "socket": socket}


def truth(
    exchange: str, at_s: float, *legs: tuple[str, str, str, str], orders: Any = ()
) -> dict[str, Any]:
    """What the exchange knew: legs as symbol, leg, quantity, covered quantity."""
    rows = [
        {
            "symbol": symbol,
            "leg": leg,
            "side": {"long": "buy", "short": "sell"}.get(leg, "buy"),
            "qty": qty,
            "covered": covered,
        }
        for symbol, leg, qty, covered in legs
    ]
    shared = {"exchange": exchange, "kind": "truth", "wall_us": round(at_s * S)}
    return {**shared, "legs": rows, "orders": list(orders)}


def order(exchange: str, at_s: float, leg: str, side: str, name: str, qty: str) -> dict[str, Any]:
    """An order of the bot on a leg of BTCUSDT; an entry carries its stop where it can."""
    closes = (leg, side) in {("long", "sell"), ("short", "buy")}
    if exchange == "bybit":
        told: dict[str, Any] = {
            "symbol": "BTCUSDT",
            "side": side.title(),
            "positionIdx": {"long": 1, "short": 2}[leg],
            "qty": qty,
            "orderLinkId": name,
            "reduceOnly": closes,
        }
        told |= {} if closes else {"stopLoss": "60000"}
        return request(exchange, at_s, "POST", CREATE[exchange], told)
    if exchange == "binance":
        told = {
            "symbol": "BTCUSDT",
            "side": side.upper(),
            "positionSide": leg.upper(),
            "type": "LIMIT" if closes else "MARKET",
            "quantity": qty,
            "newClientOrderId": name,
        }
        return request(exchange, at_s, "POST", f"{CREATE[exchange]}?{urlencode(told)}")
    told = {"instId": "BTC-USDT-SWAP", "side": side, "posSide": leg, "sz": qty, "clOrdId": name}
    told |= {} if closes else {"attachAlgoOrds": [{"slTriggerPx": "60000"}]}
    return request(exchange, at_s, "POST", CREATE[exchange], told)


def stop(exchange: str, at_s: float, leg: str) -> dict[str, Any]:
    """A stop of its own for a leg of BTCUSDT."""
    side = {"long": "sell", "short": "buy"}[leg]
    if exchange == "bybit":
        index = {"long": 1, "short": 2}[leg]
        told: dict[str, Any] = {"symbol": "BTCUSDT", "positionIdx": index, "stopLoss": "60000"}
        return request(exchange, at_s, "POST", STOP[exchange], told)
    if exchange == "binance":
        told = {
            "algoType": "CONDITIONAL",
            "symbol": "BTCUSDT",
            "side": side.upper(),
            "positionSide": leg.upper(),
            "type": "STOP_MARKET",
            "triggerPrice": "60000",
        }
        return request(exchange, at_s, "POST", f"{STOP[exchange]}?{urlencode(told)}")
    told = {"instId": "BTC-USDT-SWAP", "side": side, "posSide": leg, "slTriggerPx": "60000"}
    return request(exchange, at_s, "POST", STOP[exchange], told)


def reads(exchange: str, at_s: float) -> list[dict[str, Any]]:
    """The positions and the orders are read."""
    return [request(exchange, at_s, "GET", path) for path in READS[exchange]]


def sane_session(exchange: str) -> list[dict[str, Any]]:
    """A minute of a bot that does everything right, in order of time."""
    events = [
        opened(exchange, 1, "public", PUBLIC[exchange]),
        frame(exchange, 1.1, "in", "public", SUBSCRIBE[exchange]),
        opened(exchange, 1, "private", PRIVATE[exchange]),
        *([frame(exchange, 1.1, "in", "private", {"op": "login"})] if exchange == "okx" else []),
        frame(exchange, 1.2, "in", "private", SUBSCRIBE[exchange]),
        truth(exchange, 1.5),
        *reads(exchange, 2),
        stop(exchange, 2.9, "long"),
        order(exchange, 3, "long", "buy", "ent1", "0.1"),
        truth(exchange, 3.1, ("BTCUSDT", "long", "0.1", "0.1")),
        order(exchange, 4, "long", "sell", "tar1", "0.05"),
        order(exchange, 9, "short", "sell", "ent2", "0.2"),
        stop(exchange, 9.1, "short"),
        truth(exchange, 9.2, ("BTCUSDT", "long", "0.1", "0.1"), ("BTCUSDT", "short", "0.2", "0.2")),
        order(exchange, 10, "short", "buy", "tar2", "0.1"),
        stop(exchange, 12, "long"),
        order(exchange, 20, "long", "buy", "ent3", "0.3"),
        truth(
            exchange, 20.1, ("BTCUSDT", "long", "0.4", "0.4"), ("BTCUSDT", "short", "0.2", "0.2")
        ),
        *reads(exchange, 30),
        {"exchange": exchange, "kind": "faults", "wall_us": 60 * S, "hits": []},
    ]
    data = [
        frame(exchange, second + 0.5, "out", "public", DATA[exchange]) for second in range(1, 59)
    ]
    return sorted([*events, *data], key=lambda event: event["wall_us"])
