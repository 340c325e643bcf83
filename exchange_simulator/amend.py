"""Changes an open order: price, quantity, trigger, attached take profit and stop loss."""

from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_simulator import margin
from exchange_simulator.checks import (
    check_band,
    check_risk_limit,
    check_stop_side,
    check_trigger,
    on_tick,
    price_by,
)
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.instruments import floor_to
from exchange_simulator.matching import execute
from exchange_simulator.model import (
    Account,
    Order,
    OrderKind,
    Status,
    StopKind,
    StopMode,
    TriggerBy,
)
from exchange_simulator.state import Exchange

__all__ = ["AmendRequest", "amend"]

_WHOLE_LEG = (StopKind.TAKE_PROFIT, StopKind.STOP_LOSS, StopKind.TRAILING_STOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendRequest:
    """What to change; None leaves as it is, zero removes a take profit or stop loss."""

    qty: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit_by: TriggerBy | None = None
    stop_loss_by: TriggerBy | None = None


def amend(exchange: Exchange, account: Account, order: Order, request: AmendRequest) -> None:
    """Apply a change as a whole or not at all.

    A new price, or a larger quantity, costs the order its place in the queue; a smaller quantity
    keeps it. A repriced order may trade at once. A changed stop of a pair leaves its partner.

    Raises:
        Refusal: a value breaks a rule, or nothing would change.
    """
    price = _new_price(exchange, order, request)
    qty = _new_qty(exchange, account, order, request)
    trigger, trigger_by = _new_trigger(exchange, order, request)
    stops = _new_stops(exchange, order, request, price)
    before = (order.price, order.qty, order.trigger_price, order.trigger_by, _stops_of(order))
    if (price, qty, trigger, trigger_by, stops) == before:
        raise Refusal(Reason.ORDER_NOT_MODIFIED)
    if not order.closing and order.status is not Status.UNTRIGGERED:
        _check_money(exchange, account, order, qty - order.filled, price)
    _set_stops(order, stops)
    partner, order.pair = order.pair, None
    if partner is not None:
        partner.pair = None
    order.trigger_price, order.trigger_by = trigger, trigger_by
    order.updated_ms = exchange.now_ms
    exchange.touch_leg(account, exchange.leg(account, order.symbol, order.leg_index))
    if not order.resting:
        order.price, order.qty, order.leaves = price, qty, qty - order.filled
        exchange.tell_order(account, order)
        return
    _requeue(exchange, account, order, price=price, qty=qty)


def _new_price(exchange: Exchange, order: Order, request: AmendRequest) -> Decimal:
    if request.price is None or order.kind is OrderKind.MARKET:
        return order.price
    if request.price <= 0:
        raise Refusal(Reason.BAD_PARAMETER, "Price is invalid")
    price = on_tick(exchange.instrument(order.symbol), request.price)
    if order.status is not Status.UNTRIGGERED:
        check_band(exchange, order.symbol, order.side, price)
    return price


def _new_qty(exchange: Exchange, account: Account, order: Order, request: AmendRequest) -> Decimal:
    if request.qty is None:
        return order.qty
    instrument = exchange.instrument(order.symbol)
    qty = floor_to(request.qty, instrument.qty_step)
    protective = order.stop_kind not in (StopKind.NONE, StopKind.CONDITIONAL)
    if protective and order.status is Status.UNTRIGGERED:
        if order.stop_mode is StopMode.FULL and qty != order.qty:
            raise Refusal(Reason.STOPS_OF_FULL_MODE)
        qty = min(qty, exchange.leg(account, order.symbol, order.leg_index).qty)
    if order.filled and qty <= order.filled:
        raise Refusal(Reason.QUANTITY_ALREADY_FILLED)
    if qty < instrument.min_qty:
        raise Refusal(Reason.QUANTITY_TOO_SMALL)
    most = instrument.max_market_qty if order.kind is OrderKind.MARKET else instrument.max_qty
    if qty > most:
        raise Refusal(Reason.QUANTITY_TOO_LARGE)
    if order.closing and order.resting:
        leg = exchange.leg(account, order.symbol, order.leg_index)
        others = sum(
            other.leaves
            for other in account.open_orders.values()
            if other is not order
            and other.resting
            and other.closing
            and (other.symbol, other.leg_index) == (leg.symbol, leg.index)
        )
        qty = min(qty, order.filled + leg.qty - others)
    return qty


def _new_trigger(
    exchange: Exchange, order: Order, request: AmendRequest
) -> tuple[Decimal | None, TriggerBy]:
    """Return where the order wakes and by which price; only a waiting order can be changed."""
    trigger, by = order.trigger_price, order.trigger_by
    if trigger is None or order.status is not Status.UNTRIGGERED:
        return trigger, by
    if request.trigger_price is not None:
        trigger = on_tick(exchange.instrument(order.symbol), request.trigger_price)
    by = request.trigger_by or by
    if (trigger, by) != (order.trigger_price, order.trigger_by):
        if order.stop_kind is StopKind.TRAILING_STOP:
            raise Refusal(Reason.BAD_PARAMETER, "The order cannot be amended")
        check_trigger(exchange, order.symbol, trigger, by, rises=order.trigger_rises)
    return trigger, by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stops:
    """The take profit and stop loss that an order carries for its leg."""

    take_profit: Decimal | None
    stop_loss: Decimal | None
    take_profit_by: TriggerBy
    stop_loss_by: TriggerBy


def _stops_of(order: Order) -> _Stops:
    return _Stops(
        take_profit=order.take_profit,
        stop_loss=order.stop_loss,
        take_profit_by=order.take_profit_by,
        stop_loss_by=order.stop_loss_by,
    )


def _new_stops(exchange: Exchange, order: Order, request: AmendRequest, price: Decimal) -> _Stops:
    """Return the stops that the order is to carry; zero removes one.

    Raises:
        Refusal: the order protects a leg itself, only closes, or has begun to fill; or a stop is
            on the wrong side.
    """
    now = _stops_of(order)
    if request.take_profit is None and request.stop_loss is None:
        return now
    if order.stop_mode is StopMode.FULL and order.stop_kind in _WHOLE_LEG:
        raise Refusal(Reason.STOPS_OF_FULL_MODE)
    if order.closing:
        raise Refusal(Reason.BAD_PARAMETER, "TP/SL is not supported for reduce-only orders")
    if order.filled:
        raise Refusal(Reason.STOPS_OF_FILLED_ORDER)
    instrument = exchange.instrument(order.symbol)
    profit, loss = (
        on_tick(instrument, wanted) if wanted else wanted
        for wanted in (request.take_profit, request.stop_loss)
    )
    profit_by = request.take_profit_by or TriggerBy.LAST
    loss_by = request.stop_loss_by or TriggerBy.LAST
    base = price or price_by(exchange, order.symbol, TriggerBy.LAST)
    check_stop_side(order.side, base, profit, None, profit_by)
    check_stop_side(order.side, base, None, loss, loss_by)
    if profit is not None:
        now = replace(
            now, take_profit=profit or None, take_profit_by=profit_by if profit else TriggerBy.NONE
        )
    if loss is not None:
        now = replace(now, stop_loss=loss or None, stop_loss_by=loss_by if loss else TriggerBy.NONE)
    return now


def _set_stops(order: Order, stops: _Stops) -> None:
    order.take_profit, order.take_profit_by = stops.take_profit, stops.take_profit_by
    order.stop_loss, order.stop_loss_by = stops.stop_loss, stops.stop_loss_by
    if (order.take_profit or order.stop_loss) and order.stop_mode is StopMode.NONE:
        order.stop_mode = StopMode.FULL


def _check_money(
    exchange: Exchange, account: Account, order: Order, leaves: Decimal, price: Decimal
) -> None:
    leg = exchange.leg(account, order.symbol, order.leg_index)
    rate = exchange.rules.taker_rate
    needed = margin.order_cost(order.side, leaves, price, leg.leverage, rate)
    available = margin.summary(exchange, account).available + order.margin_held
    if needed > available:
        raise Refusal(Reason.INSUFFICIENT_MARGIN)
    check_risk_limit(exchange.instrument(order.symbol), leg, leaves, price)


def _requeue(
    exchange: Exchange, account: Account, order: Order, *, price: Decimal, qty: Decimal
) -> None:
    book = exchange.books[order.symbol]
    keeps_place = price == order.price and qty <= order.qty
    if not keeps_place:
        book.remove(order)
        order.sequence = exchange.number("sequence")
    order.price, order.qty, order.leaves = price, qty, qty - order.filled
    exchange.touch_book(order.symbol)
    if keeps_place:
        margin.hold(exchange, account, order)
        exchange.tell_order(account, order)
        return
    execute(exchange, order)
