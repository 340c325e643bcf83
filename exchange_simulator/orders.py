"""Accepts, changes and cancels orders by the exchange's rules."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

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
from exchange_simulator.fills import end_order
from exchange_simulator.instruments import Instrument, floor_to
from exchange_simulator.matching import best_price, execute
from exchange_simulator.model import (
    OWN_MARGIN,
    ZERO,
    Account,
    CancelCause,
    Leg,
    Order,
    OrderKind,
    PositionMode,
    RejectCause,
    Side,
    Status,
    StopKind,
    StopMode,
    TimeInForce,
    TriggerBy,
)
from exchange_simulator.state import Exchange
from exchange_simulator.stops import room_for_stops

__all__ = [
    "OrderRequest",
    "cancel",
    "cancel_all",
    "find",
    "place",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """A new order as the client asks for it; prices and quantities not yet rounded.

    A trailing order has a distance or a ratio; its `trigger_price` is where it starts, and
    `trail_from` the price from which it follows. An order that `awaits_position` may be placed
    before there is anything for it to close; `whole_leg` and `ends_with_leg` are the order's.
    """

    symbol: str
    side: Side
    kind: OrderKind
    qty: Decimal
    leg_index: int
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    close_on_trigger: bool = False
    client_id: str = ""
    trigger_price: Decimal | None = None
    trigger_rises: bool = False
    trigger_by: TriggerBy = TriggerBy.LAST
    trail_distance: Decimal | None = None
    trail_ratio: Decimal | None = None
    trail_from: Decimal | None = None
    awaits_position: bool = False
    whole_leg: bool = False
    ends_with_leg: bool = False
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit_by: TriggerBy = TriggerBy.LAST
    stop_loss_by: TriggerBy = TriggerBy.LAST
    take_profit_limit: Decimal | None = None
    stop_loss_limit: Decimal | None = None
    stop_mode: StopMode = StopMode.NONE
    self_match: str = "None"


def place(exchange: Exchange, account: Account, request: OrderRequest) -> Order:
    """Accept an order and let it trade at once; what the matching engine then refuses is no error.

    Raises:
        Refusal: the order breaks a rule; nothing was changed.
    """
    instrument = exchange.instrument(request.symbol)
    if request.symbol in exchange.rules.halted_symbols:
        raise Refusal(Reason.NOT_LIVE)
    request = _on_ticks(instrument, request)
    _check_leg_index(account, request)
    _check_client_id(exchange, account, request.client_id)
    leg = exchange.leg(account, request.symbol, request.leg_index)
    closing = _closes(account, leg, request)
    price = _checked_price(exchange, instrument, request)
    qty = _checked_qty(exchange, account, instrument, leg, request, closing=closing)
    _check_stops(exchange, request, price, closing=closing)
    _check_room(exchange, account, leg, request)
    trails = request.trail_distance or request.trail_ratio
    if request.trigger_price is not None and not trails:
        check_trigger(
            exchange,
            request.symbol,
            request.trigger_price,
            request.trigger_by,
            rises=request.trigger_rises,
        )
    _check_counts(exchange, account, request)
    order = _order(exchange, account, request, price=price, qty=qty, closing=closing)
    if order.trigger_price is None and not closing:
        _check_money(exchange, account, instrument, leg, order)
    _admit(exchange, account, order)
    exchange.touch_leg(account, leg)
    return order


def _on_ticks(instrument: Instrument, request: OrderRequest) -> OrderRequest:
    """Floor every price at which something is to wake or to trade later."""
    wanted = {
        "trigger_price": request.trigger_price,
        "trail_from": request.trail_from,
        "take_profit": request.take_profit,
        "stop_loss": request.stop_loss,
        "take_profit_limit": request.take_profit_limit,
        "stop_loss_limit": request.stop_loss_limit,
    }
    floored: dict[str, Any] = {
        name: on_tick(instrument, price) for name, price in wanted.items() if price
    }
    return replace(request, **floored) if floored else request


def _check_client_id(exchange: Exchange, account: Account, client_id: str) -> None:
    known = account.by_client_id.get(client_id) if client_id else None
    if known is not None and (known.open or not exchange.rules.client_ids_reusable):
        raise Refusal(Reason.DUPLICATE_CLIENT_ID)


def _check_leg_index(account: Account, request: OrderRequest) -> None:
    hedge = account.mode(request.symbol) is PositionMode.HEDGE
    if request.leg_index % OWN_MARGIN not in ((1, 2) if hedge else (0,)):
        raise Refusal(Reason.LEG_MISMATCH)


def _closes(account: Account, leg: Leg, request: OrderRequest) -> bool:
    """Whether an order can only reduce: by its side in hedge mode, by its flag in one-way mode."""
    if account.mode(request.symbol) is PositionMode.HEDGE:
        opens = request.side is (Side.BUY if leg.index % OWN_MARGIN == 1 else Side.SELL)
        if opens and request.reduce_only:
            raise Refusal(Reason.REDUCE_RULE)
        closing = not opens
    else:
        closing = request.reduce_only or request.close_on_trigger
    if not closing:
        return False
    if leg.side is None:
        if request.awaits_position and request.trigger_price is not None:
            return True
        raise Refusal(Reason.NOTHING_TO_REDUCE)
    if leg.side is request.side:
        raise Refusal(Reason.REDUCE_RULE)
    return True


def _checked_price(exchange: Exchange, instrument: Instrument, request: OrderRequest) -> Decimal:
    if request.kind is OrderKind.MARKET:
        return ZERO
    if request.price is None or request.price <= 0:
        raise Refusal(Reason.BAD_PARAMETER, "Price is invalid")
    price = on_tick(instrument, request.price)
    if request.trigger_price is None:
        check_band(exchange, request.symbol, request.side, price)
    return price


def _checked_qty(
    exchange: Exchange,
    account: Account,
    instrument: Instrument,
    leg: Leg,
    request: OrderRequest,
    *,
    closing: bool,
) -> Decimal:
    market_order = request.kind is OrderKind.MARKET
    most = instrument.max_market_qty if market_order else instrument.max_qty
    if request.qty == 0 and closing and request.reduce_only and request.close_on_trigger:
        return min(leg.qty, most)
    qty = floor_to(request.qty, instrument.qty_step)
    if qty > most:
        raise Refusal(Reason.QUANTITY_TOO_LARGE)
    if closing and request.trigger_price is None:
        qty = _fitting(exchange, account, leg, qty, reserve=not request.close_on_trigger)
    whole_leg = closing and qty == leg.qty
    if qty < instrument.min_qty and not whole_leg:
        raise Refusal(Reason.QUANTITY_TOO_SMALL)
    if not closing or exchange.rules.reduce_only_min_notional:
        price = request.price if not market_order else None
        price = price or exchange.market(request.symbol).last
        if qty * price < instrument.min_notional:
            raise Refusal(Reason.NOTIONAL_TOO_SMALL)
    return qty


def _fitting(
    exchange: Exchange, account: Account, leg: Leg, qty: Decimal, *, reserve: bool
) -> Decimal:
    """Cut a closing quantity to what the leg holds beyond other resting closing orders."""
    free = leg.qty
    if reserve and exchange.rules.closing_orders_reserve:
        for order in account.open_orders.values():
            same_leg = (order.symbol, order.leg_index) == (leg.symbol, leg.index)
            if order.resting and order.closing and same_leg:
                free -= order.leaves
    if free <= 0:
        raise Refusal(Reason.NOTHING_TO_REDUCE)
    return min(qty, free)


def _check_stops(
    exchange: Exchange, request: OrderRequest, price: Decimal, *, closing: bool
) -> None:
    if not request.take_profit and not request.stop_loss:
        return
    if closing:
        raise Refusal(Reason.BAD_PARAMETER, "TP/SL is not supported for reduce-only orders")
    waits = request.kind is OrderKind.LIMIT or request.trigger_price is not None
    if waits and not exchange.rules.stops_on_limit_orders:
        raise Refusal(Reason.STOPS_NOT_ALLOWED)
    last = exchange.market(request.symbol).last
    for by, profit, stop in (
        (request.take_profit_by, request.take_profit, None),
        (request.stop_loss_by, None, request.stop_loss),
    ):
        base = request.trigger_price or price or price_by(exchange, request.symbol, by) or last
        check_stop_side(request.side, base, profit, stop, by)


def _check_room(exchange: Exchange, account: Account, leg: Leg, request: OrderRequest) -> None:
    """An order's own pair of partial stops must fit the leg, since a fill cannot be refused."""
    wanted = sum(1 for price in (request.take_profit, request.stop_loss) if price)
    if request.stop_mode is StopMode.PARTIAL and wanted > room_for_stops(exchange, account, leg):
        raise Refusal(Reason.TOO_MANY_STOPS)


def _check_counts(exchange: Exchange, account: Account, request: OrderRequest) -> None:
    mine = [order for order in account.open_orders.values() if order.symbol == request.symbol]
    if request.trigger_price is None:
        active = sum(1 for order in mine if order.resting)
        if active >= exchange.rules.active_orders_max:
            raise Refusal(Reason.TOO_MANY_ACTIVE)
        return
    waiting = sum(1 for order in mine if order.stop_kind is StopKind.CONDITIONAL)
    if waiting >= exchange.rules.conditional_orders_max:
        raise Refusal(Reason.TOO_MANY_CONDITIONAL)


def _order(
    exchange: Exchange,
    account: Account,
    request: OrderRequest,
    *,
    price: Decimal,
    qty: Decimal,
    closing: bool,
) -> Order:
    market_order = request.kind is OrderKind.MARKET
    conditional = request.trigger_price is not None
    has_stops = bool(request.take_profit or request.stop_loss)
    profit_by, loss_by = request.take_profit_by, request.stop_loss_by
    return Order(
        order_id="",
        client_id=request.client_id,
        account_id=account.account_id,
        symbol=request.symbol,
        side=request.side,
        leg_index=request.leg_index,
        kind=request.kind,
        price=price,
        qty=qty,
        leaves=qty,
        time_in_force=TimeInForce.IOC if market_order else request.time_in_force,
        created_ms=exchange.now_ms,
        updated_ms=exchange.now_ms,
        sequence=0,
        status=Status.UNTRIGGERED if conditional else Status.NEW,
        reduce_only=request.reduce_only,
        closing=closing,
        close_on_trigger=request.close_on_trigger,
        stop_kind=StopKind.CONDITIONAL if conditional else StopKind.NONE,
        stop_mode=request.stop_mode if not has_stops else (request.stop_mode or StopMode.FULL),
        trigger_price=request.trigger_price,
        trigger_rises=request.trigger_rises,
        trigger_by=request.trigger_by if conditional else TriggerBy.NONE,
        trail_distance=request.trail_distance,
        trail_ratio=request.trail_ratio,
        trail_from=request.trail_from,
        take_profit=request.take_profit or None,
        stop_loss=request.stop_loss or None,
        take_profit_by=profit_by if request.take_profit else TriggerBy.NONE,
        stop_loss_by=loss_by if request.stop_loss else TriggerBy.NONE,
        take_profit_limit=request.take_profit_limit,
        stop_loss_limit=request.stop_loss_limit,
        last_on_created=exchange.market(request.symbol).last,
        whole_leg=request.whole_leg,
        ends_with_leg=request.ends_with_leg,
        self_match=request.self_match,
    )


def _check_money(
    exchange: Exchange, account: Account, instrument: Instrument, leg: Leg, order: Order
) -> None:
    price = order.price or best_price(exchange, order.symbol, order.side)
    rate = exchange.rules.taker_rate
    needed = margin.order_cost(order.side, order.qty, price, leg.leverage, rate)
    # One-way orders against the position free margin first; only the excess needs money.
    if leg.index % OWN_MARGIN == 0 and leg.side is order.side.opposite:
        excess = max(ZERO, order.qty - leg.qty)
        needed = margin.order_cost(order.side, excess, price, leg.leverage, rate)
    if needed > margin.summary(exchange, account).available:
        raise Refusal(Reason.INSUFFICIENT_MARGIN)
    check_risk_limit(instrument, leg, order.qty, price)


def _admit(exchange: Exchange, account: Account, order: Order) -> None:
    """Give the order its identity, then let it wait or trade."""
    order.order_id = exchange.identifier("order")
    order.sequence = exchange.number("sequence")
    account.open_orders[order.order_id] = order
    if order.client_id:
        account.by_client_id[order.client_id] = order
    if order.status is Status.UNTRIGGERED:
        exchange.triggers[order.symbol][order.order_id] = order
        exchange.tell_order(account, order)
        return
    execute(exchange, order)


def find(
    exchange: Exchange, account: Account, *, symbol: str, order_id: str, client_id: str
) -> Order:
    """Return an open order by the exchange's id, which wins, or by the client's.

    Raises:
        Refusal: there is no such open order; where the rules say so, one that ended is told.
    """
    if order_id:
        order = account.open_orders.get(order_id) or account.closed_orders.get(order_id)
    else:
        order = account.by_client_id.get(client_id)
    if order is None or order.symbol != symbol:
        raise Refusal(Reason.ORDER_NOT_FOUND)
    if not order.open:
        if not exchange.rules.ended_orders_told:
            raise Refusal(Reason.ORDER_NOT_FOUND)
        raise Refusal(Reason.ORDER_FINISHED if order.filled == order.qty else Reason.ORDER_CANCELED)
    return order


def cancel(exchange: Exchange, account: Account, order: Order) -> None:
    """Cancel an open order on the client's request."""
    leg = exchange.leg(account, order.symbol, order.leg_index)
    end_order(exchange, order, cause=CancelCause.BY_USER, reject=RejectCause.BY_REQUEST)
    exchange.touch_leg(account, leg)


def cancel_all(
    exchange: Exchange, account: Account, *, chosen: Callable[[Order], bool]
) -> list[Order]:
    """Cancel every open order that is chosen; returns them, oldest first."""
    orders = [order for order in account.open_orders.values() if order.open and chosen(order)]
    for order in orders:
        if order.open:
            cancel(exchange, account, order)
    return orders
