"""Bybit V5 linear, as bots speak it: legs are positionIdx, stops ride on orders or on the leg."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from readiness.wire.languages.language import Language, Told, as_mapping, text_of
from readiness.wire.words import Command, Fate

__all__ = ["BYBIT"]

LEGS = {"0": "net", "1": "long", "2": "short"}
UNSURE = {10000, 10016}  # Time out, server error: it may have been placed.
LIMITED = {10006, 10018}  # Too many requests of the account, of the address.
SOCKETS = {"order.create": "create", "order.amend": "amend", "order.cancel": "cancel"}


def _told(event: Mapping[str, Any]) -> list[Told]:
    if event["kind"] == "request":
        return _orders(as_mapping(event["body"].get("text", "")))
    arguments = as_mapping(event["frame"].get("text", "")).get("args")
    rows = arguments if isinstance(arguments, list) else []
    return [order for row in rows if isinstance(row, dict) for order in _orders(row)]


def _orders(told: Told) -> list[Told]:
    """The orders of a command: itself, or those of a batch."""
    batch = told.get("request")
    return [one for one in batch if isinstance(one, dict)] if isinstance(batch, list) else [told]


def _retold(event: Mapping[str, Any], orders: list[Told]) -> dict[str, Any]:
    if event["kind"] == "request":
        body = as_mapping(event["body"]["text"])
        body = {**body, "request": orders} if isinstance(body.get("request"), list) else orders[0]
        return {**event, "body": {"text": json.dumps(body)}}
    frame = as_mapping(event["frame"]["text"])
    first = frame["args"][0]
    rows = [{**first, "request": orders}] if isinstance(first.get("request"), list) else orders
    return {**event, "frame": {"text": json.dumps({**frame, "args": rows})}}


def _command(kind: str, ts_us: int, told: Mapping[str, Any]) -> Command:
    return Command(
        ts_us=ts_us,
        kind=kind,
        symbol=text_of(told, "symbol"),
        leg=LEGS.get(text_of(told, "positionIdx"), ""),
        side=text_of(told, "side").lower(),
        qty=text_of(told, "qty"),
        name=text_of(told, "orderLinkId"),
        stop=text_of(told, "stopLoss"),
        says_reduce=bool(told.get("reduceOnly")) or bool(told.get("closeOnTrigger")),
    )


def _fate(status: int, body: Any, _index: int) -> Fate:
    code = body.get("retCode") if isinstance(body, dict) else None
    if status in {403, 429}:
        return Fate.REFUSED
    if not isinstance(code, int) or code in UNSURE:
        return Fate.UNKNOWN
    return Fate.REFUSED if code else Fate.ACCEPTED


def _is_limited(status: int, body: Any) -> bool:
    code = body.get("retCode") if isinstance(body, dict) else None
    return code in LIMITED or status in {403, 429}


def _role(path: str) -> str:
    if "/trade" in path:
        return "trade"
    return "private" if "/private" in path else "public"


def _names(frame: Any) -> list[str]:
    if not isinstance(frame, dict) or frame.get("topic") not in {"order", "execution"}:
        return []
    rows = frame.get("data")
    return [
        text_of(row, "orderLinkId")
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


BYBIT = Language(
    name="bybit",
    places={
        "POST /v5/order/create": "create",
        "POST /v5/order/create-batch": "create",
        "POST /v5/order/amend": "amend",
        "POST /v5/order/amend-batch": "amend",
        "POST /v5/order/cancel": "cancel",
        "POST /v5/order/cancel-batch": "cancel",
        "POST /v5/position/trading-stop": "stop",
    },
    socket_places={
        f"{word}{batch}": f"POST /v5/{word.replace('.', '/')}{batch}"
        for word in SOCKETS
        for batch in ("", "-batch")
    },
    reads={
        "GET /v5/order/realtime": frozenset({"orders"}),
        "GET /v5/order/history": frozenset({"history"}),
        "GET /v5/execution/list": frozenset({"history"}),
        "GET /v5/position/list": frozenset({"positions"}),
        "GET /v5/market/tickers": frozenset({"market"}),
        "GET /v5/market/kline": frozenset({"market"}),
        "GET /v5/market/orderbook": frozenset({"market"}),
        "GET /v5/market/recent-trade": frozenset({"market"}),
    },
    told=_told,
    retold=_retold,
    command=_command,
    fate=_fate,
    is_limited=_is_limited,
    asked=lambda query: text_of(query, "orderLinkId", "orderId"),
    role=_role,
    subscribes=lambda frame: frame.get("op") == "subscribe",
    names=_names,
    is_data=lambda text: '"topic"' in text[:200],
    needs_login=False,  # A private subscription before auth is refused by itself.
    refusal={"retCode": 10006, "retMsg": "Too many visits!"},
    refusal_status=200,
    field_names={"name": "orderLinkId", "leg": "positionIdx", "net": "0", "reduce": "reduceOnly"},
)
