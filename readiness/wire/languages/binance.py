"""Binance USDⓈ-M futures, as bots speak it: legs are positionSide, stops are orders of their own.

In hedge mode side and positionSide tell opening from closing, and reduceOnly is refused (-1106).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from readiness.wire.languages.language import Language, Told, as_list, as_mapping, text_of
from readiness.wire.words import CLOSING, Command, Fate

__all__ = ["BINANCE"]

LEGS = {"BOTH": "net", "LONG": "long", "SHORT": "short"}
UNSURE = {-1000, -1001, -1006, -1007}  # "Execution status unknown", in several words.
LIMITED = {-1003, -1015, -1008}
STOPS = {"STOP_MARKET", "STOP", "TRAILING_STOP_MARKET"}
NAMES = ("newClientOrderId", "clientAlgoId", "origClientOrderId", "clientOrderId")


def _told(event: Mapping[str, Any]) -> list[Told]:
    if event["kind"] != "request":
        params = as_mapping(event["frame"].get("text", "")).get("params")
        return [params] if isinstance(params, dict) else []
    fields = _fields(event)
    batch = fields.get("batchOrders")
    return as_list(batch) if batch else [dict(fields)]


def _fields(event: Mapping[str, Any]) -> dict[str, str]:
    """Parameters come in the address, in the body, or in both."""
    _, _, query = event["target"].partition("?")
    return dict(parse_qsl(query) + parse_qsl(event["body"].get("text", "")))


def _retold(event: Mapping[str, Any], orders: list[Told]) -> dict[str, Any]:
    if event["kind"] != "request":
        frame = as_mapping(event["frame"]["text"])
        return {**event, "frame": {"text": json.dumps({**frame, "params": orders[0]})}}
    path, _, _ = event["target"].partition("?")
    fields = _fields(event)
    if "batchOrders" in fields:
        fields = {**fields, "batchOrders": json.dumps(orders)}
    else:
        fields = {key: str(value) for key, value in orders[0].items()}
    return {**event, "target": f"{path}?{urlencode(fields, quote_via=quote)}", "body": {"text": ""}}


def _command(kind: str, ts_us: int, told: Mapping[str, Any]) -> Command:
    leg = LEGS.get(text_of(told, "positionSide"), "")
    side = text_of(told, "side").lower()
    word = text_of(told, "type", "orderType")
    # The algo service takes entries too: only what closes its leg is a stop or a target.
    protects = kind == "algo" and ((leg, side) in CLOSING or _is_true(told, "closePosition"))
    is_stop = word in STOPS and (protects or _is_true(told, "reduceOnly"))
    return Command(
        ts_us=ts_us,
        kind="stop" if protects else "create" if kind == "algo" else kind,
        symbol=text_of(told, "symbol"),
        leg=leg,
        side=side,
        qty=text_of(told, "quantity"),
        name=text_of(told, *NAMES),
        stop=text_of(told, "triggerPrice", "stopPrice", "callbackRate") if is_stop else "",
        says_reduce=_is_true(told, "reduceOnly") or _is_true(told, "closePosition"),
    )


def _is_true(told: Mapping[str, Any], name: str) -> bool:
    return str(told.get(name, "")).lower() == "true"


def _error(status: int, body: Any) -> int | None:
    """The code of an error; None for success."""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]  # An answer on the order socket.
    code = body.get("code") if isinstance(body, dict) else None
    if isinstance(code, int) and code < 0:
        return code
    return None if status == 200 else status


def _fate(status: int, body: Any, index: int) -> Fate:
    if isinstance(body, list):
        body = body[index] if index < len(body) else {}
    if body is None:
        return Fate.REFUSED if status in {403, 418, 429} else Fate.UNKNOWN
    error = _error(status, body)
    if error is None:
        return Fate.ACCEPTED if body else Fate.UNKNOWN
    # "Service Unavailable" with -1008 was not carried out; any other 5xx says nothing.
    says_nothing = status >= 500 and error != -1008
    return Fate.UNKNOWN if error in UNSURE or says_nothing else Fate.REFUSED


def _is_limited(status: int, body: Any) -> bool:
    return _error(status, body) in LIMITED or status in {403, 418, 429}


def _role(path: str) -> str:
    if "/ws-fapi" in path:
        return "trade"
    return "private" if "listenKey=" in path or _has_key(path) else "public"


def _has_key(path: str) -> bool:
    """Listen keys are 64 letters and digits, which no stream's name is."""
    return any(len(part) >= 60 and part.isalnum() for part in re.split(r"[/?=&]", path))


def _subscribes(frame: Mapping[str, Any]) -> bool:
    return frame.get("method") == "SUBSCRIBE"


def _names(frame: Any) -> list[str]:
    if isinstance(frame, dict) and isinstance(frame.get("data"), dict):
        frame = frame["data"]
    if not isinstance(frame, dict):
        return []
    inner = frame.get("o")
    row = inner if isinstance(inner, dict) else frame
    is_told = frame.get("e") in {"ORDER_TRADE_UPDATE", "TRADE_LITE", "ALGO_UPDATE"}
    return [text_of(row, "c", "caid")] if is_told else []


_READS = {
    "orders": (
        *("v1/openOrders", "v1/openOrder", "v1/order", "v1/openAlgoOrders", "v1/algoOpenOrders"),
    ),
    "history": ("v1/allOrders", "v1/userTrades", "v1/algoOrder", "v1/allAlgoOrders"),
    "positions": (
        *("v1/positionRisk", "v2/positionRisk", "v3/positionRisk"),
        *("v1/account", "v2/account", "v3/account"),
    ),
    "market": ("v1/klines", "v1/ticker/price", "v2/ticker/price", "v1/ticker/bookTicker"),
    "more": ("v1/depth", "v1/trades", "v1/premiumIndex", "v1/ticker/24hr"),
}

BINANCE = Language(
    name="binance",
    places={
        "POST /fapi/v1/order": "create",
        "POST /fapi/v1/batchOrders": "create",
        "PUT /fapi/v1/order": "amend",
        "PUT /fapi/v1/batchOrders": "amend",
        "DELETE /fapi/v1/order": "cancel",
        "DELETE /fapi/v1/batchOrders": "cancel",
        "POST /fapi/v1/algoOrder": "algo",
        "DELETE /fapi/v1/algoOrder": "cancel",
    },
    socket_places={
        "order.place": "POST /fapi/v1/order",
        "order.modify": "PUT /fapi/v1/order",
        "order.cancel": "DELETE /fapi/v1/order",
        "algoOrder.place": "POST /fapi/v1/algoOrder",
        "algoOrder.cancel": "DELETE /fapi/v1/algoOrder",
    },
    reads={
        f"GET /fapi/{path}": frozenset({"market" if kind == "more" else kind})
        for kind, paths in _READS.items()
        for path in paths
    },
    told=_told,
    retold=_retold,
    command=_command,
    fate=_fate,
    is_limited=_is_limited,
    asked=lambda query: text_of(query, "origClientOrderId", "orderId", "clientAlgoId", "algoId"),
    role=_role,
    subscribes=_subscribes,
    names=_names,
    is_data=lambda text: '"e":' in text[:80] or '"stream":' in text[:80],
    needs_login=False,  # The listen key in the address or the subscription is the login.
    refusal={"code": -1003, "msg": "Too many requests."},
    refusal_status=429,
    field_names={"name": "newClientOrderId", "leg": "positionSide", "net": "BOTH", "reduce": ""},
)
