"""What the bot says to OKX: bodies of requests, with every leg explicit and every number plain,
and the login of its sockets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec.json import Encoder

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderIntent, OrderType, TimeInForce
from bot_trading.exchanges.figures import plain
from bot_trading.exchanges.ownership import UNTAGGED

__all__ = [
    "CONDITIONAL",
    "LEG_WORDS",
    "PING",
    "Stops",
    "amend_algo_body",
    "amend_body",
    "attached_name",
    "cancel_algos_body",
    "cancel_body",
    "create_body",
    "leverage_body",
    "login_message",
    "order_name",
    "stop_mark",
    "stop_name",
    "stops_body",
    "subscribe_message",
]

PING = b"ping"
LOGIN_PATH = b"GET/users/self/verify"
AT_MARKET = "-1"
CONDITIONAL = frozenset({OrderType.STOP_MARKET, OrderType.STOP_LIMIT})
LEG_WORDS = {PositionIdx.LONG: "long", PositionIdx.SHORT: "short"}
_encode = Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Trigger prices of one order of the algo service; at least one of them is there."""

    stop_loss: Decimal | None
    take_profit: Decimal | None

    @property
    def shape(self) -> tuple[bool, bool]:
        """Which of the two are there: only prices of the same shape can be amended."""
        return self.stop_loss is not None, self.take_profit is not None


def login_message(key: str, passphrase: str, sign: Callable[[bytes], str], now_ms: int) -> bytes:
    """The login of a private or business socket; `now_ms` is the exchange's clock."""
    seconds = str(now_ms // 1000)
    signature = sign(seconds.encode() + LOGIN_PATH)
    arg = {"apiKey": key, "passphrase": passphrase, "timestamp": seconds, "sign": signature}
    return _encode({"op": "login", "args": [arg]})


def subscribe_message(args: Sequence[dict[str, str]]) -> bytes:
    """A subscription to some channels."""
    return _encode({"op": "subscribe", "args": args})


def stop_mark(core_tag: str) -> str:
    """How the id of every stop begins that the core of this tag places."""
    return f"sl{core_tag}"


def attached_name(core_tag: str, client_order_id: str) -> str:
    """The id of the stops that an entry carries, of at most the 32 characters that OKX takes; the
    end of the entry's own id makes it one of its kind."""
    return f"{stop_mark(core_tag)}e{client_order_id[-23:]}"


def stop_name(core_tag: str, now_us: int, number: int) -> str:
    """The id of a stop for a leg, the `number`th that this process places."""
    return f"{stop_mark(core_tag)}p{now_us:x}{number % 256:02x}"


def order_name(client_order_id: str, exchange_order_id: str | None) -> dict[str, str]:
    """Ours where we have one; orders that the exchange or a person made have only theirs."""
    if client_order_id:
        return {"clOrdId": client_order_id}
    if exchange_order_id:
        return {"ordId": exchange_order_id}
    raise ValueError("an order is named by its client order id or its exchange order id")


def create_body(
    intent: OrderIntent, inst_id: str, margin_mode: str, size: Decimal, core_tag: str = UNTAGGED
) -> bytes:
    """The body of trade/order; `size` counts contracts.

    In long/short mode side and posSide say whether an order opens or closes, and OKX passes over
    reduceOnly. Raises ValueError for a contradiction of ours: a closing order with protection
    attached, or an order without the price that its type needs.
    """
    _check(intent)
    body: dict[str, object] = {
        "instId": inst_id,
        "tdMode": margin_mode,
        "side": intent.side.value.lower(),
        "posSide": LEG_WORDS[intent.leg_id.position_idx],
        "ordType": _order_type(intent),
        "sz": plain(size),
        "clOrdId": intent.client_order_id,
    }
    if intent.order_type is OrderType.LIMIT and intent.price is not None:
        body["px"] = plain(intent.price)
    if intent.stop_loss is not None or intent.take_profit is not None:
        stops = Stops(stop_loss=intent.stop_loss, take_profit=intent.take_profit)
        named = {"attachAlgoClOrdId": attached_name(core_tag, intent.client_order_id)}
        body["attachAlgoOrds"] = [named | _triggers(stops)]
    return _encode(body)


def amend_body(
    inst_id: str,
    name: dict[str, str],
    *,
    size: Decimal | None,
    price: Decimal | None,
    attached: str,
    stop_loss: Decimal | None,
    take_profit: Decimal | None,
) -> bytes:
    """The body of trade/amend-order; only what changes is named. `attached` names its stops."""
    body: dict[str, object] = {"instId": inst_id, **name}
    if size is not None:
        body["newSz"] = plain(size)
    if price is not None:
        body["newPx"] = plain(price)
    triggers = _new_triggers(stop_loss, take_profit)
    if triggers:
        body["attachAlgoOrds"] = [{"attachAlgoClOrdId": attached, **triggers}]
    return _encode(body)


def cancel_body(inst_id: str, name: dict[str, str]) -> bytes:
    """The body of trade/cancel-order."""
    return _encode({"instId": inst_id, **name})


def cancel_algos_body(inst_id: str, algo_ids: Sequence[str]) -> bytes:
    """The body of trade/cancel-algos, which takes at most ten at once."""
    return _encode([{"instId": inst_id, "algoId": algo_id} for algo_id in algo_ids])


def stops_body(
    leg_id: LegId, inst_id: str, margin_mode: str, stops: Stops, size: Decimal | None, name: str
) -> bytes:
    """The body of trade/order-algo that protects a leg; a `size` of None covers all of it.

    OKX keeps at most one order that closes a whole leg, so both prices share it. A sized one ends
    with its leg by cxlOnClosePos.
    """
    both = stops.stop_loss is not None and stops.take_profit is not None
    cover = {"closeFraction": "1"} if size is None else {"sz": plain(size), "cxlOnClosePos": True}
    return _encode(
        {
            "instId": inst_id,
            "algoClOrdId": name,
            "tdMode": margin_mode,
            "side": "sell" if leg_id.is_long else "buy",
            "posSide": LEG_WORDS[leg_id.position_idx],
            "ordType": "oco" if both else "conditional",
            "reduceOnly": True,
            **cover,
            **_triggers(stops),
        }
    )


def amend_algo_body(inst_id: str, algo_id: str, stops: Stops) -> bytes:
    """The body of trade/amend-algos: other trigger prices for a live stop, or nothing at all."""
    triggers = _new_triggers(stops.stop_loss, stops.take_profit)
    return _encode({"instId": inst_id, "algoId": algo_id, "cxlOnFail": False, **triggers})


def leverage_body(inst_id: str, margin_mode: str, leverage: Decimal, leg: str) -> bytes:
    """The body of account/set-leverage; `leg` is named only where margin is isolated."""
    body = {"instId": inst_id, "lever": plain(leverage), "mgnMode": margin_mode}
    return _encode(body | ({"posSide": leg} if leg else {}))


def _triggers(stops: Stops) -> dict[str, object]:
    """Both prices are watched by the last trade and executed at the market."""
    said: dict[str, object] = {}
    for word, price in (("sl", stops.stop_loss), ("tp", stops.take_profit)):
        if price is not None:
            said[f"{word}TriggerPx"] = plain(price)
            said[f"{word}TriggerPxType"] = "last"
            said[f"{word}OrdPx"] = AT_MARKET
    return said


def _new_triggers(stop_loss: Decimal | None, take_profit: Decimal | None) -> dict[str, object]:
    said: dict[str, object] = {}
    for word, price in (("Sl", stop_loss), ("Tp", take_profit)):
        if price is not None:
            said[f"new{word}TriggerPx"] = plain(price)
            said[f"new{word}TriggerPxType"] = "last"
            said[f"new{word}OrdPx"] = AT_MARKET
    return said


def _check(intent: OrderIntent) -> None:
    named = intent.client_order_id
    if intent.reduce_only and (intent.stop_loss is not None or intent.take_profit is not None):
        raise ValueError(f"{named}: a closing order cannot carry protection of the leg it closes")
    if intent.order_type is OrderType.LIMIT and intent.price is None:
        raise ValueError(f"{named}: a {intent.order_type} order needs a price")


def _order_type(intent: OrderIntent) -> str:
    if intent.order_type is OrderType.MARKET:
        return "market"
    if intent.post_only:
        return "post_only"
    return "limit" if intent.time_in_force is TimeInForce.GTC else intent.time_in_force.lower()
