"""What a fill does: to the order, the leg, the wallet and the books of record; and what follows.

After a leg shrank, resting closing orders that no longer fit are cut or canceled, and protective
orders follow the leg's size or go with it.
"""

from decimal import Decimal

from exchange_simulator import margin
from exchange_simulator.legs import LegChange, fill_leg
from exchange_simulator.model import (
    ZERO,
    Account,
    CancelCause,
    ClosedPnl,
    Execution,
    ExecutionKind,
    Leg,
    LogEntry,
    Order,
    OrderKind,
    RejectCause,
    Status,
    StopKind,
)
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange, money

__all__ = ["end_order", "fill", "fit_closing_orders", "fit_stops", "log_change", "stop_orders"]


def fill(
    exchange: Exchange,
    order: Order,
    qty: Decimal,
    price: Decimal,
    *,
    maker: bool,
    kind: ExecutionKind = ExecutionKind.TRADE,
    match_id: str = "",
) -> LegChange:
    """Fill a part of an order against somebody else, who is filled by another call.

    Both calls name the trade where both sides are clients.
    """
    account = exchange.by_id[order.account_id]
    rules = exchange.rules
    rate = ZERO if not account.account_id else rules.maker_rate if maker else rules.taker_rate
    value = qty * price
    fee = money(value * rate)
    coin_fee = _in_fee_coins(account, rules, fee)
    if coin_fee:
        fee = ZERO
    leg = exchange.leg(account, order.symbol, order.leg_index)
    if leg.side is None:
        leg.realised_now = ZERO
        leg.created_ms = exchange.now_ms
    change = fill_leg(leg, order.side, qty, price, fee)
    _pay(account, leg, change.realised - fee, fee)
    order.leaves -= qty
    order.filled += qty
    order.filled_value += value
    order.fee += fee
    order.realised += change.realised
    order.updated_ms = leg.updated_ms = exchange.now_ms
    order.status = Status.PARTIALLY_FILLED if order.leaves else Status.FILLED
    if not account.account_id:
        return change
    execution = _execution(
        exchange,
        order,
        qty,
        price,
        (fee, coin_fee),
        rate,
        change,
        maker=maker,
        kind=kind,
        match_id=match_id,
    )
    leg.seq = execution.seq
    exchange.tell_execution(account, execution)
    _record(exchange, account, leg, execution, change)
    margin.hold(exchange, account, order)
    if leg.qty:
        exchange.exposed[leg.symbol].add(account.account_id)
    exchange.touch_leg(account, leg)
    exchange.touch_wallet(account)
    return change


def _in_fee_coins(account: Account, rules: Rules, fee: Decimal) -> Decimal:
    """Takes a fee in the other coin; zero where the client does not pay so, or has too few."""
    if not account.burns_fee_coins:
        return ZERO
    coins = money(fee * rules.fee_coin_ratio / rules.fee_coin_price)
    if coins > account.fee_coins:
        return ZERO
    account.fee_coins -= coins
    return coins


def _pay(account: Account, leg: Leg, amount: Decimal, fee: Decimal) -> None:
    account.wallet += amount
    account.fees_paid += fee
    account.realised_ever += amount
    leg.realised_now += amount
    leg.realised_ever += amount


def _execution(
    exchange: Exchange,
    order: Order,
    qty: Decimal,
    price: Decimal,
    fees: tuple[Decimal, Decimal],
    rate: Decimal,
    change: LegChange,
    *,
    maker: bool,
    kind: ExecutionKind,
    match_id: str,
) -> Execution:
    market = exchange.markets[order.symbol]
    execution_id = exchange.identifier("execution")
    return Execution(
        execution_id=execution_id,
        match_id=match_id or execution_id,
        kind=kind,
        order_id=order.order_id,
        client_id=order.client_id,
        symbol=order.symbol,
        side=order.side,
        leg_index=order.leg_index,
        order_kind=order.kind,
        stop_kind=order.stop_kind,
        create_cause=order.create_cause,
        order_price=order.price,
        order_qty=order.qty,
        price=price,
        qty=qty,
        value=qty * price,
        fee=fees[0],
        fee_rate=rate,
        coin_fee=fees[1],
        maker=maker,
        closed_qty=change.closed_qty,
        leaves=order.leaves,
        realised=change.realised,
        mark=market.mark,
        index=market.index,
        time_ms=exchange.now_ms,
        seq=market.seq + exchange.number("seq") % 64,
    )


def _record(
    exchange: Exchange, account: Account, leg: Leg, execution: Execution, change: LegChange
) -> None:
    """Write the transaction log, and the closed P&L of the order if it closed something."""
    log_change(exchange, account, leg, execution, kind="TRADE")
    if not change.closed_qty:
        return
    closing_fee = money(execution.fee * change.closed_qty / execution.qty)
    exit_value = change.closed_qty * execution.price
    row = account.closed_pnl.get(execution.order_id)
    if row is None:
        row = ClosedPnl(
            order_id=execution.order_id,
            symbol=leg.symbol,
            side=execution.side,
            leg_index=leg.index,
            order_kind=execution.order_kind or OrderKind.MARKET,
            order_price=execution.order_price,
            qty=execution.order_qty,
            closed_qty=ZERO,
            entry_value=ZERO,
            exit_value=ZERO,
            pnl=ZERO,
            leverage=leg.leverage,
            fills=0,
            kind=execution.kind,
            created_ms=execution.time_ms,
            updated_ms=execution.time_ms,
        )
        account.closed_pnl[execution.order_id] = row
    row.closed_qty += change.closed_qty
    row.entry_value += change.entry_value
    row.exit_value += exit_value
    row.pnl += change.realised - closing_fee - change.open_fee
    row.fills += 1
    row.updated_ms = execution.time_ms


def log_change(
    exchange: Exchange, account: Account, leg: Leg, execution: Execution, *, kind: str
) -> None:
    """Write one row of the transaction log: change = cash flow + funding - fee."""
    funding = -execution.fee if kind == "SETTLEMENT" else None
    fee = ZERO if kind == "SETTLEMENT" else execution.fee
    change = execution.realised - execution.fee
    account.log.append(
        LogEntry(
            entry_id=f"{account.account_id}_{leg.symbol}_{exchange.number('log')}",
            kind=kind,
            symbol=leg.symbol,
            side=execution.side,
            order_id=execution.order_id,
            client_id=execution.client_id,
            trade_id=execution.execution_id,
            match_id=execution.match_id,
            qty=execution.qty,
            size=leg.qty,
            price=execution.price,
            fee_rate=execution.fee_rate,
            fee=fee,
            coin_fee=execution.coin_fee,
            funding=funding,
            cash_flow=execution.realised,
            change=change,
            balance=account.wallet,
            time_ms=execution.time_ms,
        )
    )


def end_order(
    exchange: Exchange,
    order: Order,
    *,
    cause: CancelCause = CancelCause.NONE,
    reject: RejectCause = RejectCause.NONE,
) -> None:
    """Take an order out of all books; unless it was filled, it ends as canceled."""
    account = exchange.by_id[order.account_id]
    if order.resting:
        exchange.books[order.symbol].remove(order)
        exchange.touch_book(order.symbol)
    exchange.triggers[order.symbol].pop(order.order_id, None)
    if order.status is Status.UNTRIGGERED:
        order.status = Status.DEACTIVATED
    elif order.status is not Status.FILLED:
        order.status = Status.CANCELED
    order.cancel_cause = cause
    order.reject_cause = reject
    order.updated_ms = exchange.now_ms
    margin.hold(exchange, account, order)
    account.open_orders.pop(order.order_id, None)
    account.closed_orders[order.order_id] = order
    if order.stop_kind is not StopKind.NONE:
        _unlink(exchange, account, order)
    exchange.tell_order(account, order)


def _unlink(exchange: Exchange, account: Account, order: Order) -> None:
    """Let the leg and the partner forget a stop order that ended."""
    leg = exchange.leg(account, order.symbol, order.leg_index)
    if leg.take_profit is order:
        leg.take_profit = None
    if leg.stop_loss is order:
        leg.stop_loss = None
    if leg.trailing is order:
        leg.trailing = None
    if order.pair is not None:
        order.pair.pair = None
        order.pair = None


def fit_closing_orders(exchange: Exchange, account: Account, leg: Leg) -> None:
    """Cut resting closing orders to the leg; the oldest keep their quantity."""
    resting = [
        order
        for order in account.open_orders.values()
        if order.resting
        and order.closing
        and order.symbol == leg.symbol
        and order.leg_index == leg.index
    ]
    left = leg.qty
    for order in sorted(resting, key=lambda order: order.sequence):
        fits = order.side is not leg.side and left > 0
        if fits and order.leaves <= left:
            left -= order.leaves
            continue
        if not fits:
            end_order(
                exchange, order, cause=CancelCause.BY_REDUCE_ONLY, reject=RejectCause.BY_REQUEST
            )
            continue
        order.qty -= order.leaves - left
        order.leaves, left = left, ZERO
        order.updated_ms = exchange.now_ms
        exchange.touch_book(order.symbol)
        exchange.tell_order(account, order)


def fit_stops(exchange: Exchange, account: Account, leg: Leg) -> None:
    """Let protective orders follow the leg: full ones in size, partial ones never above it."""
    if not leg.qty:
        _clear_stops(exchange, account, leg)
        exchange.exposed[leg.symbol].discard(account.account_id)
        if any(other.qty for key, other in account.legs.items() if key[0] == leg.symbol):
            exchange.exposed[leg.symbol].add(account.account_id)
        return
    for order in stop_orders(account, leg):
        if order.stop_kind is StopKind.CONDITIONAL and not order.whole_leg:
            continue
        partial = order.stop_kind in (StopKind.PARTIAL_TAKE_PROFIT, StopKind.PARTIAL_STOP_LOSS)
        qty = min(order.qty, leg.qty) if partial else leg.qty
        if qty != order.qty:
            order.qty = order.leaves = qty
            order.updated_ms = exchange.now_ms
            exchange.tell_order(account, order)


def _clear_stops(exchange: Exchange, account: Account, leg: Leg) -> None:
    """Cancel every protective order of a leg."""
    for order in stop_orders(account, leg):
        if order.open:
            end_order(exchange, order, cause=CancelCause.BY_STOPS_CLEARED)
    leg.extra_margin = ZERO


def stop_orders(account: Account, leg: Leg) -> list[Order]:
    """Return the untriggered protective orders of a leg, oldest first."""
    return [
        order
        for order in account.open_orders.values()
        if order.status is Status.UNTRIGGERED
        and (order.stop_kind not in (StopKind.NONE, StopKind.CONDITIONAL) or order.ends_with_leg)
        and order.symbol == leg.symbol
        and order.leg_index == leg.index
    ]
