"""Changes an open order: price, quantity, trigger, attached take profit and stop loss."""

from dataclasses import dataclass
from decimal import Decimal

from exchange_simulator import margin
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
from exchange_simulator.stops import check_stop_side, price_by

__all__ = ["AmendRequest", "amend"]


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
    keeps it. A repriced order may trade at once.

    Raises:
        Refusal: a value breaks a rule, or nothing would change.
    """
    instrument = exchange.instrument(order.symbol)
    price = _new_price(order, request, instrument.tick_size)
    qty = _new_qty(exchange, account, order, request)
    trigger = order.trigger_price
    if request.trigger_price is not None and order.status is Status.UNTRIGGERED:
        trigger = request.trigger_price
        _check_trigger(exchange, order, trigger)
    stops_change = _stops_change(exchange, order, request, price)
    moved = price != order.price
    if not (moved or qty != order.qty or trigger != order.trigger_price or stops_change):
        raise Refusal(Reason.ORDER_NOT_MODIFIED)
    if not order.closing and order.status is not Status.UNTRIGGERED:
        _check_money(exchange, account, order, qty - order.filled, price)
    _set_stops(order, request)
    order.trigger_price = trigger
    order.updated_ms = exchange.now_ms
    exchange.touch_leg(account, exchange.leg(account, order.symbol, order.leg_index))
    if not order.resting:
        order.price, order.qty, order.leaves = price, qty, qty - order.filled
        exchange.tell_order(account, order)
        return
    _requeue(exchange, account, order, price=price, qty=qty)


def _new_price(order: Order, request: AmendRequest, tick: Decimal) -> Decimal:
    if request.price is None or order.kind is OrderKind.MARKET:
        return order.price
    price = floor_to(request.price, tick)
    if price <= 0:
        raise Refusal(Reason.BAD_PARAMETER, "Price is invalid")
    return price


def _new_qty(exchange: Exchange, account: Account, order: Order, request: AmendRequest) -> Decimal:
    if request.qty is None:
        return order.qty
    instrument = exchange.instrument(order.symbol)
    qty = floor_to(request.qty, instrument.qty_step)
    protective = order.stop_kind not in (StopKind.NONE, StopKind.CONDITIONAL)
    if protective and order.status is Status.UNTRIGGERED:
        if order.stop_mode is StopMode.FULL and qty != order.qty:
            raise Refusal(Reason.BAD_PARAMETER, "The quantity of a full TP/SL follows the position")
        qty = min(qty, exchange.leg(account, order.symbol, order.leg_index).qty)
    if qty <= order.filled or qty < instrument.min_qty:
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


def _check_trigger(exchange: Exchange, order: Order, trigger: Decimal) -> None:
    current = price_by(exchange, order.symbol, order.trigger_by)
    if order.stop_kind is StopKind.TRAILING_STOP:
        raise Refusal(Reason.BAD_PARAMETER, "The order cannot be amended")
    texts = f"trigger_price[{int(trigger * 10000)}]", f"current[{int(current * 10000)}]"
    source = order.trigger_by.value
    if order.trigger_rises and trigger <= current:
        raise Refusal(
            Reason.TRIGGER_NOT_ABOVE, f"expect Rising, but {texts[0]} <= {texts[1]}??{source}"
        )
    if not order.trigger_rises and trigger >= current:
        raise Refusal(
            Reason.TRIGGER_NOT_BELOW, f"expect Falling, but {texts[0]} >= {texts[1]}??{source}"
        )


def _stops_change(exchange: Exchange, order: Order, request: AmendRequest, price: Decimal) -> bool:
    wanted = (request.take_profit, request.stop_loss)
    if wanted == (None, None):
        return False
    if order.closing:
        raise Refusal(Reason.BAD_PARAMETER, "TP/SL is not supported for reduce-only orders")
    base = price or price_by(exchange, order.symbol, TriggerBy.LAST)
    check_stop_side(order.side, base, *wanted, TriggerBy.LAST)
    current = (order.take_profit, order.stop_loss)
    return any(
        new is not None and (new or None) != old for new, old in zip(wanted, current, strict=True)
    )


def _set_stops(order: Order, request: AmendRequest) -> None:
    if request.take_profit is not None:
        order.take_profit = request.take_profit or None
        order.take_profit_by = request.take_profit_by or TriggerBy.LAST
    if request.stop_loss is not None:
        order.stop_loss = request.stop_loss or None
        order.stop_loss_by = request.stop_loss_by or TriggerBy.LAST
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
