"""Protective orders of a leg: take profit, stop loss, trailing stop; whole leg or pairs."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from exchange_simulator.checks import check_stop_side, on_tick, price_by
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.fills import end_order, stop_orders
from exchange_simulator.instruments import Instrument, floor_to
from exchange_simulator.model import (
    ZERO,
    Account,
    CancelCause,
    CreateCause,
    Leg,
    Order,
    OrderKind,
    Side,
    Status,
    StopKind,
    StopMode,
    TimeInForce,
    TriggerBy,
)
from exchange_simulator.state import Exchange

__all__ = [
    "StopRequest",
    "attach_stops",
    "price_by",
    "room_for_stops",
    "set_stops",
]

_CAUSES = {
    StopKind.TAKE_PROFIT: CreateCause.TAKE_PROFIT,
    StopKind.STOP_LOSS: CreateCause.STOP_LOSS,
    StopKind.PARTIAL_TAKE_PROFIT: CreateCause.PARTIAL_TAKE_PROFIT,
    StopKind.PARTIAL_STOP_LOSS: CreateCause.PARTIAL_STOP_LOSS,
    StopKind.TRAILING_STOP: CreateCause.TRAILING_STOP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequest:
    """What to set on a leg. None leaves as it is, zero removes.

    `qty` is the size of a partial pair; None there means the whole leg.
    """

    mode: StopMode
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit_by: TriggerBy = TriggerBy.LAST
    stop_loss_by: TriggerBy = TriggerBy.LAST
    take_profit_limit: Decimal | None = None
    stop_loss_limit: Decimal | None = None
    qty: Decimal | None = None
    trailing: Decimal | None = None
    active_price: Decimal | None = None
    parent_client_id: str = ""


def set_stops(exchange: Exchange, account: Account, leg: Leg, request: StopRequest) -> None:
    """Carry out a client's request to protect a leg.

    Raises:
        Refusal: the leg is flat, a price is on the wrong side, or nothing would change.
    """
    if leg.side is None:
        raise Refusal(Reason.ZERO_POSITION)
    request = _on_ticks(exchange.instrument(leg.symbol), request)
    symbol, side = leg.symbol, leg.side
    by = request.take_profit_by
    check_stop_side(side, price_by(exchange, symbol, by), request.take_profit, None, by)
    by = request.stop_loss_by
    check_stop_side(side, price_by(exchange, symbol, by), None, request.stop_loss, by)
    if request.mode is StopMode.PARTIAL:
        changed = _add_pair(exchange, account, leg, request)
    else:
        changed = _set_full(exchange, account, leg, request)
    changed = _set_trailing(exchange, account, leg, request) or changed
    if not changed:
        raise Refusal(Reason.STOP_UNCHANGED)
    leg.stop_mode = request.mode
    leg.updated_ms = exchange.now_ms
    exchange.touch_leg(account, leg)


def _on_ticks(instrument: Instrument, request: StopRequest) -> StopRequest:
    """Floor every price to the tick; zero stays zero, since it removes."""
    wanted = {
        "take_profit": request.take_profit,
        "stop_loss": request.stop_loss,
        "take_profit_limit": request.take_profit_limit,
        "stop_loss_limit": request.stop_loss_limit,
        "active_price": request.active_price,
        "trailing": request.trailing,
    }
    floored: dict[str, Any] = {
        name: on_tick(instrument, price) for name, price in wanted.items() if price
    }
    qty = floor_to(request.qty, instrument.qty_step) if request.qty is not None else None
    if qty is not None and qty < instrument.min_qty:
        raise Refusal(Reason.QUANTITY_TOO_SMALL)
    return replace(request, qty=qty, **floored)


def attach_stops(exchange: Exchange, account: Account, order: Order, qty: Decimal) -> None:
    """Give the leg the stops that its opening order carried; `qty` was just filled."""
    if order.take_profit is None and order.stop_loss is None:
        return
    leg = exchange.leg(account, order.symbol, order.leg_index)
    if leg.side is not order.side:
        return
    request = StopRequest(
        mode=order.stop_mode or StopMode.FULL,
        take_profit=order.take_profit,
        stop_loss=order.stop_loss,
        take_profit_by=order.take_profit_by,
        stop_loss_by=order.stop_loss_by,
        take_profit_limit=order.take_profit_limit,
        stop_loss_limit=order.stop_loss_limit,
        parent_client_id=order.client_id,
    )
    if order.stop_mode is StopMode.PARTIAL:
        _attach_pair(exchange, account, order, request, qty)
    else:
        _set_full(exchange, account, leg, request)
    leg.stop_mode = request.mode


def _attach_pair(
    exchange: Exchange, account: Account, order: Order, request: StopRequest, qty: Decimal
) -> None:
    """Give an order its one pair, which grows with its fills; a leg full of pairs takes no more."""
    leg = exchange.leg(account, order.symbol, order.leg_index)
    mine = [stop for stop in stop_orders(account, leg) if stop.parent is order]
    for stop in mine:
        stop.qty = stop.leaves = min(stop.qty + qty, leg.qty)
        stop.updated_ms = exchange.now_ms
        exchange.tell_order(account, stop)
    wanted = [price for price in (request.take_profit, request.stop_loss) if price]
    if not mine and room_for_stops(exchange, account, leg) >= len(wanted):
        for stop in _make_pair(exchange, account, leg, request, min(qty, leg.qty)):
            stop.parent = order


def room_for_stops(exchange: Exchange, account: Account, leg: Leg) -> int:
    """Return how many partial stops the leg may still get."""
    parts = [stop for stop in stop_orders(account, leg) if stop.stop_mode is StopMode.PARTIAL]
    return exchange.rules.partial_stops_max - len(parts)


def _set_full(exchange: Exchange, account: Account, leg: Leg, request: StopRequest) -> bool:
    """Set, move or remove the one take profit and the one stop loss of the whole leg."""
    changed = False
    for kind, price, by in (
        (StopKind.TAKE_PROFIT, request.take_profit, request.take_profit_by),
        (StopKind.STOP_LOSS, request.stop_loss, request.stop_loss_by),
    ):
        if price is None:
            continue
        current = leg.take_profit if kind is StopKind.TAKE_PROFIT else leg.stop_loss
        if current is None:
            if price:
                order = _make(exchange, account, leg, kind, leg.qty, price, by, request)
                _remember(leg, kind, order)
                changed = True
        elif not price:
            end_order(exchange, current, cause=CancelCause.BY_USER)
            changed = True
        elif (current.trigger_price, current.trigger_by) != (price, by):
            current.trigger_price, current.trigger_by = price, by
            current.updated_ms = exchange.now_ms
            exchange.tell_order(account, current)
            changed = True
    return changed


def _remember(leg: Leg, kind: StopKind, order: Order) -> None:
    if kind is StopKind.TAKE_PROFIT:
        leg.take_profit = order
    else:
        leg.stop_loss = order


def _add_pair(exchange: Exchange, account: Account, leg: Leg, request: StopRequest) -> bool:
    """Add a take profit, a stop loss or both over a part of the leg; both cancel one another."""
    prices = (request.take_profit, request.stop_loss)
    wanted = [price for price in prices if price]
    if not wanted:
        return _remove_parts(exchange, account, leg, request)
    if len(wanted) > room_for_stops(exchange, account, leg):
        raise Refusal(Reason.TOO_MANY_STOPS)
    if request.qty is not None and request.qty > leg.qty:
        raise Refusal(Reason.STOPS_EXCEED_LEG)
    _make_pair(exchange, account, leg, request, request.qty or leg.qty)
    return True


def _make_pair(
    exchange: Exchange, account: Account, leg: Leg, request: StopRequest, qty: Decimal
) -> list[Order]:
    """Create a take profit, a stop loss, or both, bound to one another."""
    made: list[Order] = []
    for kind, price, by in (
        (StopKind.PARTIAL_TAKE_PROFIT, request.take_profit, request.take_profit_by),
        (StopKind.PARTIAL_STOP_LOSS, request.stop_loss, request.stop_loss_by),
    ):
        if price:
            made.append(_make(exchange, account, leg, kind, qty, price, by, request))
    if len(made) == 2:
        made[0].pair, made[1].pair = made[1], made[0]
    return made


def _remove_parts(exchange: Exchange, account: Account, leg: Leg, request: StopRequest) -> bool:
    """A price of zero cancels the parts of its kind."""
    removed = False
    for kind, price in (
        (StopKind.PARTIAL_TAKE_PROFIT, request.take_profit),
        (StopKind.PARTIAL_STOP_LOSS, request.stop_loss),
    ):
        if price != ZERO or price is None:
            continue
        for order in stop_orders(account, leg):
            if order.stop_kind is kind:
                end_order(exchange, order, cause=CancelCause.BY_USER)
                removed = True
    return removed


def _set_trailing(exchange: Exchange, account: Account, leg: Leg, request: StopRequest) -> bool:
    """Set, change or remove the trailing stop; it starts at once without an active price."""
    if request.trailing is None:
        return False
    current = leg.trailing
    if not request.trailing:
        if current is not None:
            end_order(exchange, current, cause=CancelCause.BY_USER)
        return current is not None
    same = current is not None and (current.trail_distance, current.trail_from) == (
        request.trailing,
        request.active_price or None,
    )
    if same:
        return False
    if current is not None:
        end_order(exchange, current, cause=CancelCause.BY_USER)
    sign = leg.side.sign if leg.side is not None else 1
    last = exchange.market(leg.symbol).last
    start = request.active_price or last
    if request.trailing >= start:
        raise Refusal(Reason.BAD_PARAMETER, "TrailingStop is invalid")
    order = _make(
        exchange,
        account,
        leg,
        StopKind.TRAILING_STOP,
        leg.qty,
        start - sign * request.trailing,
        TriggerBy.LAST,
        request,
    )
    order.trail_distance = request.trailing
    order.trail_from = request.active_price or None
    order.trail_best = None if request.active_price else last
    leg.trailing = order
    return True


def _make(
    exchange: Exchange,
    account: Account,
    leg: Leg,
    kind: StopKind,
    qty: Decimal,
    price: Decimal,
    by: TriggerBy,
    request: StopRequest,
) -> Order:
    """Create a protective order: it closes its leg when its trigger price is reached."""
    profit = kind in (StopKind.TAKE_PROFIT, StopKind.PARTIAL_TAKE_PROFIT)
    limit = request.take_profit_limit if profit else request.stop_loss_limit
    side = Side.BUY if leg.side is None else leg.side
    partial = kind in (StopKind.PARTIAL_TAKE_PROFIT, StopKind.PARTIAL_STOP_LOSS)
    order = Order(
        order_id=exchange.identifier("order"),
        client_id="",
        account_id=account.account_id,
        symbol=leg.symbol,
        side=side.opposite,
        leg_index=leg.index,
        kind=OrderKind.LIMIT if partial and limit else OrderKind.MARKET,
        price=limit if partial and limit else ZERO,
        qty=qty,
        leaves=qty,
        time_in_force=TimeInForce.GTC if partial and limit else TimeInForce.IOC,
        created_ms=exchange.now_ms,
        updated_ms=exchange.now_ms,
        sequence=exchange.number("sequence"),
        status=Status.UNTRIGGERED,
        reduce_only=True,
        closing=True,
        close_on_trigger=True,
        create_cause=_CAUSES[kind],
        stop_kind=kind,
        stop_mode=StopMode.PARTIAL if partial else StopMode.FULL,
        trigger_price=price,
        trigger_rises=(side is Side.BUY) == profit,
        trigger_by=by,
        parent_client_id=request.parent_client_id,
        last_on_created=exchange.market(leg.symbol).last,
    )
    account.open_orders[order.order_id] = order
    exchange.triggers[order.symbol][order.order_id] = order
    exchange.tell_order(account, order)
    return order
