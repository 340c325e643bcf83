"""OKX swaps, as bots speak it: legs are posSide, stops ride on orders or live as algo orders.

In long/short mode side and posSide tell opening from closing, and OKX passes over reduceOnly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from readiness.wire.languages.language import Language, Told, as_json, as_list, as_mapping, text_of
from readiness.wire.words import CLOSING, Command, Fate

__all__ = ["OKX"]

LEGS = {"net": "net", "long": "long", "short": "short"}
UNSURE = {"50001", "50004", "50026"}  # Unavailable, time out, system error: it may be there.
LIMITED = {"50011", "50061", "50013"}  # Of the endpoint, of the sub-account, and "system busy".
STOPS = ("slTriggerPx", "newSlTriggerPx", "callbackRatio", "callbackSpread")


def _told(event: Mapping[str, Any]) -> list[Told]:
    if event["kind"] == "request":
        return as_list(event["body"].get("text", ""))
    arguments = as_mapping(event["frame"].get("text", "")).get("args")
    rows = arguments if isinstance(arguments, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _retold(event: Mapping[str, Any], orders: list[Told]) -> dict[str, Any]:
    if event["kind"] == "request":
        is_batch = isinstance(as_json(event["body"]["text"]), list)
        body = orders if is_batch else orders[0]
        return {**event, "body": {"text": json.dumps(body)}}
    frame = as_mapping(event["frame"]["text"])
    return {**event, "frame": {"text": json.dumps({**frame, "args": orders})}}


def _command(kind: str, ts_us: int, told: Mapping[str, Any]) -> Command:
    leg, side = LEGS.get(text_of(told, "posSide"), ""), text_of(told, "side").lower()
    protects = kind == "algo" and ((leg, side) in CLOSING or bool(told.get("reduceOnly")))
    return Command(
        ts_us=ts_us,
        kind="stop" if protects else "create" if kind == "algo" else kind,
        symbol=text_of(told, "instId").removesuffix("-SWAP").replace("-", ""),
        leg=leg,
        side=side,
        qty=text_of(told, "sz"),
        name=text_of(told, "clOrdId", "algoClOrdId"),
        stop=_stop(told),
        says_reduce=str(told.get("reduceOnly", "")).lower() == "true",
    )


def _stop(told: Mapping[str, Any]) -> str:
    attached = told.get("attachAlgoOrds")
    rows = attached if isinstance(attached, list) else []
    for row in (told, *(row for row in rows if isinstance(row, dict))):
        found = text_of(row, *STOPS)
        if found:
            return found
    return ""


def _fate(status: int, body: Any, index: int) -> Fate:
    code = text_of(body, "code") if isinstance(body, dict) else ""
    if status == 429:
        return Fate.REFUSED
    if not code or code in UNSURE or status >= 500:
        return Fate.UNKNOWN
    rows = body.get("data")
    if code in {"1", "2"} and isinstance(rows, list) and index < len(rows):
        return Fate.ACCEPTED if text_of(rows[index], "sCode") == "0" else Fate.REFUSED
    return Fate.ACCEPTED if code == "0" else Fate.REFUSED


def _is_limited(status: int, body: Any) -> bool:
    return status == 429 or (isinstance(body, dict) and text_of(body, "code") in LIMITED)


def _role(path: str) -> str:
    return "private" if "/private" in path else "business" if "/business" in path else "public"


def _names(frame: Any) -> list[str]:
    argument = frame.get("arg") if isinstance(frame, dict) else None
    channel = argument.get("channel") if isinstance(argument, dict) else ""
    rows = frame.get("data") if channel in {"orders", "orders-algo", "algo-advance"} else []
    return [
        text_of(row, "clOrdId", "algoClOrdId")
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


_READS = {
    "orders": ("trade/orders-pending", "trade/order", "trade/orders-algo-pending"),
    "history": ("trade/orders-history", "trade/fills", "trade/fills-history", "trade/order-algo"),
    "positions": ("account/positions", "account/account-position-risk"),
    "market": ("market/ticker", "market/tickers", "market/candles", "market/books"),
}

OKX = Language(
    name="okx",
    places={
        "POST /api/v5/trade/order": "create",
        "POST /api/v5/trade/batch-orders": "create",
        "POST /api/v5/trade/amend-order": "amend",
        "POST /api/v5/trade/amend-batch-orders": "amend",
        "POST /api/v5/trade/cancel-order": "cancel",
        "POST /api/v5/trade/cancel-batch-orders": "cancel",
        "POST /api/v5/trade/order-algo": "algo",
        "POST /api/v5/trade/amend-algos": "amend",
        "POST /api/v5/trade/cancel-algos": "cancel",
    },
    socket_places={
        "order": "POST /api/v5/trade/order",
        "batch-orders": "POST /api/v5/trade/batch-orders",
        "amend-order": "POST /api/v5/trade/amend-order",
        "batch-amend-orders": "POST /api/v5/trade/amend-batch-orders",
        "cancel-order": "POST /api/v5/trade/cancel-order",
        "batch-cancel-orders": "POST /api/v5/trade/cancel-batch-orders",
    },
    reads={
        f"GET /api/v5/{path}": frozenset({kind}) for kind, paths in _READS.items() for path in paths
    },
    told=_told,
    retold=_retold,
    command=_command,
    fate=_fate,
    is_limited=_is_limited,
    asked=lambda query: text_of(query, "clOrdId", "ordId", "algoClOrdId", "algoId"),
    role=_role,
    subscribes=lambda frame: frame.get("op") == "subscribe",
    names=_names,
    is_data=lambda text: '"data":' in text,
    needs_login=True,
    refusal={"code": "50011", "msg": "Too Many Requests", "data": []},
    refusal_status=429,
    field_names={"name": "clOrdId", "leg": "posSide", "net": "net", "reduce": ""},
)
