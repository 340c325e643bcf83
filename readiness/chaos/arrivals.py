"""What a request that arrives at an exchange says about a new order, in each exchange's language.

Read from the bytes alone: nothing here knows what the bot meant to send.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

__all__ = ["Arrival", "read_arrival"]

_LEG_OF = {"LONG": 1, "SHORT": 2}
_OPENS = {("BUY", 1), ("SELL", 2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A new order. `leg_index` is 1 (long) or 2 (short), None when no leg is named.

    `carries_stop` is None where an entry cannot carry one, and its stop rests before it.
    """

    client_order_id: str
    symbol: str
    leg_index: int | None
    is_closing: bool
    carries_stop: bool | None


def read_arrival(exchange: str, method: str, target: str, body: bytes) -> Arrival | None:
    """The new order in a request to an exchange, or None for every other request."""
    return _READERS[exchange](method, target, body)


def _bybit(method: str, target: str, body: bytes) -> Arrival | None:
    if method == "SOCKET":
        if b'"op":"order.create"' not in body:
            return None
        order = msgspec.json.decode(body)["args"][0]
    elif (method, target) == ("POST", "/v5/order/create"):
        order = msgspec.json.decode(body)
    else:
        return None
    index = order["positionIdx"]
    return Arrival(
        client_order_id=order["orderLinkId"],
        symbol=order["symbol"],
        leg_index=index if index in (1, 2) else None,
        is_closing=order["reduceOnly"],
        carries_stop="stopLoss" in order,
    )


def _binance(method: str, target: str, body: bytes) -> Arrival | None:
    path, _, query = target.partition("?")
    if (method, path) != ("POST", "/fapi/v1/order"):
        return None
    order = dict(parse_qsl(query))
    return _by_side(
        order["newClientOrderId"],
        order["symbol"],
        order["side"],
        order.get("positionSide", ""),
        carries_stop=None,
    )


def _okx(method: str, target: str, body: bytes) -> Arrival | None:
    if (method, target) != ("POST", "/api/v5/trade/order"):
        return None
    order = msgspec.json.decode(body)
    attached: list[Mapping[str, Any]] = order.get("attachAlgoOrds", [])
    return _by_side(
        order["clOrdId"],
        order["instId"].removesuffix("-SWAP").replace("-", ""),
        order["side"].upper(),
        order.get("posSide", "").upper(),
        carries_stop=any("slTriggerPx" in each for each in attached),
    )


def _by_side(named: str, symbol: str, side: str, leg: str, *, carries_stop: bool | None) -> Arrival:
    """Where side and leg say together whether an order opens or closes."""
    index = _LEG_OF.get(leg)
    return Arrival(
        client_order_id=named,
        symbol=symbol,
        leg_index=index,
        is_closing=index is not None and (side, index) not in _OPENS,
        carries_stop=carries_stop,
    )


_READERS: Mapping[str, Callable[[str, str, bytes], Arrival | None]] = {
    "bybit": _bybit,
    "binance": _binance,
    "okx": _okx,
}
