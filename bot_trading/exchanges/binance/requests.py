"""What the bot says to Binance: parameters of requests, with every leg explicit and every number
plain.

In hedge mode `positionSide` with the side tells opening from closing, and `reduceOnly` is refused.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import (
    Order,
    OrderIntent,
    OrderSide,
    OrderType,
    TimeInForce,
    TriggerBy,
)
from bot_trading.domain.reports import StopKind
from bot_trading.exchanges.figures import plain

__all__ = [
    *("ALGO_PATH", "IS_CONDITIONAL", "ORDER_PATH", "PING", "Params"),
    *("algo_cancel_params", "amend_params", "cancel_params", "conditional_params"),
    *("create_params", "stop_params"),
]

Params = dict[str, str]

ORDER_PATH = "/fapi/v1/order"
ALGO_PATH = "/fapi/v1/algoOrder"
PING = b'{"method":"LIST_SUBSCRIPTIONS","id":1}'  # The one question that changes nothing.
LEG_WORDS = {PositionIdx.LONG: "LONG", PositionIdx.SHORT: "SHORT"}
# Our two legs do not trade with each other: what rests gives way, so that what closes at the market
# is never held up. Binance applies it to GTC and IOC orders by the mode of the one that takes.
NO_SELF_TRADE = {"selfTradePreventionMode": "EXPIRE_MAKER"}
TRIGGER_WORDS = {TriggerBy.LAST: "CONTRACT_PRICE", TriggerBy.MARK: "MARK_PRICE"}
IS_CONDITIONAL = frozenset({OrderType.STOP_MARKET, OrderType.STOP_LIMIT})
IS_MARKET = frozenset({OrderType.MARKET, OrderType.STOP_MARKET})


def create_params(intent: OrderIntent) -> Params:
    """The parameters of a new order of the matching engine.

    Raises ValueError for a contradiction of ours, such as a closing order with protection attached
    or an order without the price that its type needs.
    """
    _check(intent)
    params = {
        "symbol": intent.leg_id.symbol,
        "side": intent.side.value,
        "positionSide": LEG_WORDS[intent.leg_id.position_idx],
        "type": "MARKET" if intent.order_type is OrderType.MARKET else "LIMIT",
        "quantity": plain(intent.quantity),
        "newClientOrderId": intent.client_order_id,
        "newOrderRespType": "ACK",
        **NO_SELF_TRADE,
    }
    if intent.price is not None and intent.order_type is OrderType.LIMIT:
        params |= {"price": plain(intent.price), "timeInForce": _time_in_force(intent)}
    return params


def conditional_params(intent: OrderIntent) -> Params:
    """The parameters of a conditional order, which lives in the algo service.

    Its word depends on the way the price has to go: a buy that waits for a rise is a stop, one that
    waits for a fall takes a profit. Raises ValueError for a contradiction of ours.
    """
    _check(intent)
    trigger = intent.trigger_price
    if trigger is None or intent.trigger_by not in TRIGGER_WORDS:
        raise ValueError(f"{intent.client_order_id}: needs a trigger price by last or mark price")
    rises = trigger > intent.reference_px
    word = "STOP" if rises is (intent.side is OrderSide.BUY) else "TAKE_PROFIT"
    params = _algo(
        intent.leg_id,
        intent.side,
        f"{word}_MARKET" if intent.order_type in IS_MARKET else word,
        trigger,
        intent.quantity,
        intent.client_order_id,
        TRIGGER_WORDS[intent.trigger_by],
    )
    if intent.price is not None and intent.order_type is OrderType.STOP_LIMIT:
        params |= {"price": plain(intent.price), "timeInForce": _time_in_force(intent)}
    return params


def stop_params(
    leg_id: LegId, kind: StopKind, trigger: Decimal, quantity: Decimal, client_id: str
) -> Params:
    """The parameters of a stop or target of a leg: at the market once the last price comes."""
    side = OrderSide.SELL if leg_id.is_long else OrderSide.BUY
    word = "STOP_MARKET" if kind is StopKind.STOP_LOSS else "TAKE_PROFIT_MARKET"
    return _algo(leg_id, side, word, trigger, quantity, client_id, TRIGGER_WORDS[TriggerBy.LAST])


def amend_params(order: Order, quantity: Decimal | None, price: Decimal | None) -> Params:
    """The parameters of a change of a resting limit order: it names quantity and price anew.

    Raises ValueError when neither the change nor the order tells the price.
    """
    new_price = price if price is not None else order.price
    if new_price is None:
        raise ValueError(f"{order.client_order_id}: only an order with a price can be modified")
    return {
        "symbol": order.leg_id.symbol,
        "side": order.side.value,
        "quantity": plain(quantity if quantity is not None else order.quantity),
        "price": plain(new_price),
        **_order_name(order.client_order_id, order.exchange_order_id),
    }


def cancel_params(cancel: CancelOrder) -> Params:
    """The parameters of a cancel in the matching engine."""
    name = _order_name(cancel.client_order_id, cancel.exchange_order_id)
    return {"symbol": cancel.leg_id.symbol, **name}


def algo_cancel_params(cancel: CancelOrder) -> Params:
    """The parameters of a cancel in the algo service."""
    if cancel.client_order_id:
        return {"clientAlgoId": cancel.client_order_id}
    return {"algoId": cancel.exchange_order_id or ""}


def _algo(
    leg_id: LegId,
    side: OrderSide,
    word: str,
    trigger: Decimal,
    quantity: Decimal,
    client_id: str,
    working: str,
) -> Params:
    return {
        "algoType": "CONDITIONAL",
        "symbol": leg_id.symbol,
        "side": side.value,
        "positionSide": LEG_WORDS[leg_id.position_idx],
        "type": word,
        "triggerPrice": plain(trigger),
        "quantity": plain(quantity),
        "workingType": working,
        "clientAlgoId": client_id,
    }


def _check(intent: OrderIntent) -> None:
    named = intent.client_order_id
    if intent.reduce_only and (intent.stop_loss is not None or intent.take_profit is not None):
        raise ValueError(f"{named}: a closing order cannot carry protection of the leg it closes")
    if intent.order_type not in IS_MARKET and intent.price is None:
        raise ValueError(f"{named}: a {intent.order_type} order needs a price")


def _time_in_force(intent: OrderIntent) -> str:
    words = {TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}
    return "GTX" if intent.post_only else words[intent.time_in_force]


def _order_name(client_order_id: str, exchange_order_id: str | None) -> Params:
    """Ours where we have one; orders that the exchange or a person made have only theirs."""
    if client_order_id:
        return {"origClientOrderId": client_order_id}
    if exchange_order_id:
        return {"orderId": exchange_order_id}
    raise ValueError("an order is named by its client order id or its exchange order id")
