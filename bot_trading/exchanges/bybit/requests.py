"""What the bot says to Bybit: bodies of requests, with every leg explicit and every number plain,
and the login of its sockets.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Encoder

from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderPurpose,
    OrderSide,
    OrderType,
    TimeInForce,
    TriggerBy,
)
from bot_trading.domain.position import LegProtection, NativeTrailing
from bot_trading.exchanges.figures import plain

__all__ = [
    "PING",
    "amend_body",
    "auth_message",
    "cancel_body",
    "cancel_resting_body",
    "create_body",
    "leverage_body",
    "protection_body",
]

PING = b'{"op":"ping"}'
AUTH_VALID_MS = 10_000
NO_PRICE = "0"  # Bybit's word for "take the stop loss or take profit away".
SIDE_WORDS = {OrderSide.BUY: "Buy", OrderSide.SELL: "Sell"}
TRIGGER_WORDS = {
    TriggerBy.LAST: "LastPrice",
    TriggerBy.MARK: "MarkPrice",
    TriggerBy.INDEX: "IndexPrice",
}
RISES, FALLS = 1, 2
IS_CONDITIONAL = frozenset({OrderType.STOP_MARKET, OrderType.STOP_LIMIT})
IS_MARKET = frozenset({OrderType.MARKET, OrderType.STOP_MARKET})


class _Create(Struct, rename="camel"):
    """The body of order/create; what is UNSET does not travel."""

    category: str
    symbol: str
    side: str
    order_type: str
    qty: str
    position_idx: int
    reduce_only: bool
    order_link_id: str
    time_in_force: str
    close_on_trigger: bool | UnsetType = UNSET
    price: str | UnsetType = UNSET
    trigger_price: str | UnsetType = UNSET
    trigger_direction: int | UnsetType = UNSET
    trigger_by: str | UnsetType = UNSET
    take_profit: str | UnsetType = UNSET
    stop_loss: str | UnsetType = UNSET
    tp_trigger_by: str | UnsetType = UNSET
    sl_trigger_by: str | UnsetType = UNSET
    tpsl_mode: str | UnsetType = UNSET


_encode = Encoder().encode


def auth_message(key: str, sign: Callable[[bytes], str], now_ms: int) -> bytes:
    """The login of a private or trade socket; `now_ms` is the exchange's clock."""
    expires = now_ms + AUTH_VALID_MS
    signature = sign(f"GET/realtime{expires}".encode())
    return _encode({"op": "auth", "args": [key, expires, signature]})


def create_body(intent: OrderIntent) -> bytes:
    """The body of order/create.

    An exit goes before what else would close its leg: with closeOnTrigger Bybit cancels or cuts
    other closing orders that rest rather than the exit. With a quantity of 0 beside it closes all
    that the leg holds, up to the greatest order.

    Raises ValueError for a contradiction of ours: a closing order with protection attached, which
    Bybit refuses, or an order without the price that its type needs.
    """
    _check(intent)
    protects = intent.stop_loss is not None or intent.take_profit is not None
    is_conditional = intent.order_type in IS_CONDITIONAL
    return _encode(
        _Create(
            category="linear",
            symbol=intent.leg_id.symbol,
            side=SIDE_WORDS[intent.side],
            order_type="Market" if intent.order_type in IS_MARKET else "Limit",
            qty="0" if intent.closes_all else plain(intent.quantity),
            position_idx=int(intent.leg_id.position_idx),
            reduce_only=intent.reduce_only,
            order_link_id=intent.client_order_id,
            time_in_force=_time_in_force(intent),
            close_on_trigger=True if intent.purpose is OrderPurpose.EXIT else UNSET,
            price=UNSET if intent.order_type in IS_MARKET else _plain(intent.price),
            trigger_price=_plain(intent.trigger_price) if is_conditional else UNSET,
            trigger_direction=_direction(intent) if is_conditional else UNSET,
            trigger_by=TRIGGER_WORDS[intent.trigger_by] if is_conditional else UNSET,
            take_profit=_plain(intent.take_profit),
            stop_loss=_plain(intent.stop_loss),
            tp_trigger_by=UNSET if intent.take_profit is None else "LastPrice",
            sl_trigger_by=UNSET if intent.stop_loss is None else "LastPrice",
            tpsl_mode="Full" if protects else UNSET,
        )
    )


def amend_body(
    order: Order,
    quantity: Decimal | None,
    price: Decimal | None,
    stop_loss: Decimal | None,
    take_profit: Decimal | None,
) -> bytes:
    """The body of order/amend; only what changes is named."""
    changes = {
        "qty": quantity,
        "price": price,
        "stopLoss": stop_loss,
        "takeProfit": take_profit,
    }
    return _encode(
        {
            "category": "linear",
            "symbol": order.leg_id.symbol,
            **_order_name(order.client_order_id, order.exchange_order_id),
            **{name: plain(value) for name, value in changes.items() if value is not None},
        }
    )


def cancel_body(cancel: CancelOrder) -> bytes:
    """The body of order/cancel."""
    return _encode(
        {
            "category": "linear",
            "symbol": cancel.leg_id.symbol,
            **_order_name(cancel.client_order_id, cancel.exchange_order_id),
        }
    )


def cancel_resting_body(settle_coin: str) -> bytes:
    """The body of order/cancel-all for what rests on the book: without the filter, stops of legs
    would die too."""
    return _encode({"category": "linear", "settleCoin": settle_coin, "orderFilter": "Order"})


def protection_body(protection: LegProtection) -> bytes:
    """The body of position/trading-stop: both prices, where None takes the resting one away, and a
    trailing stop where one is asked for; without one, what trails is left as it is."""
    take_profit, stop_loss = protection.take_profit, protection.stop_loss
    return _encode(
        {
            "category": "linear",
            "symbol": protection.leg_id.symbol,
            "positionIdx": int(protection.leg_id.position_idx),
            "tpslMode": "Full",
            "takeProfit": NO_PRICE if take_profit is None else plain(take_profit),
            "stopLoss": NO_PRICE if stop_loss is None else plain(stop_loss),
            "tpTriggerBy": "LastPrice",
            "slTriggerBy": "LastPrice",
            **_trailing(protection.trailing),
        }
    )


def leverage_body(symbol: str, leverage: Decimal) -> bytes:
    """The body of position/set-leverage, the same for both legs."""
    return _encode(
        {
            "category": "linear",
            "symbol": symbol,
            "buyLeverage": plain(leverage),
            "sellLeverage": plain(leverage),
        }
    )


def _check(intent: OrderIntent) -> None:
    named = intent.client_order_id
    if intent.reduce_only and (intent.stop_loss is not None or intent.take_profit is not None):
        raise ValueError(f"{named}: a closing order cannot carry protection of the leg it closes")
    if intent.order_type not in IS_MARKET and intent.price is None:
        raise ValueError(f"{named}: a {intent.order_type} order needs a price")
    if intent.order_type in IS_CONDITIONAL and intent.trigger_price is None:
        raise ValueError(f"{named}: a {intent.order_type} order needs a trigger price")


def _trailing(trailing: NativeTrailing | None) -> dict[str, str]:
    """Without an activation price the exchange follows from the price of now."""
    if trailing is None:
        return {}
    distance = {"trailingStop": plain(trailing.distance)}
    if trailing.active_px is None:
        return distance
    return distance | {"activePrice": plain(trailing.active_px)}


def _time_in_force(intent: OrderIntent) -> str:
    if intent.order_type in IS_MARKET:
        return TimeInForce.IOC.value
    return "PostOnly" if intent.post_only else intent.time_in_force.value


def _direction(intent: OrderIntent) -> int:
    """Bybit's triggerDirection, seen from the price that the order was judged at."""
    trigger = intent.trigger_price
    return RISES if trigger is not None and trigger > intent.reference_px else FALLS


def _order_name(client_order_id: str, exchange_order_id: str | None) -> dict[str, str]:
    """Ours where we have one; orders that the exchange or a person made have only theirs."""
    if client_order_id:
        return {"orderLinkId": client_order_id}
    if exchange_order_id:
        return {"orderId": exchange_order_id}
    raise ValueError("an order is named by its client order id or its exchange order id")


def _plain(value: Decimal | None) -> str | UnsetType:
    return UNSET if value is None else plain(value)
