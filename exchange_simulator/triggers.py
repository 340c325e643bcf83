"""Wakes conditional and protective orders, and moves trailing stops, as prices change."""

from decimal import Decimal

from exchange_simulator import margin
from exchange_simulator.fills import end_order
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.matching import execute
from exchange_simulator.model import (
    Account,
    CancelCause,
    Order,
    OrderKind,
    RejectCause,
    Side,
    Status,
    StopKind,
    StopMode,
    TriggerBy,
)
from exchange_simulator.state import Exchange

__all__ = ["run_triggers"]


def run_triggers(exchange: Exchange, market: SymbolMarket) -> None:
    """Fire every order of a symbol whose price has come; each at most once per step."""
    waiting = exchange.triggers[market.instrument.symbol]
    if not waiting:
        return
    last = market.last
    prices = {TriggerBy.LAST: last, TriggerBy.NONE: last}
    prices[TriggerBy.MARK] = market.mark
    prices[TriggerBy.INDEX] = market.index
    for order in list(waiting.values()):
        if order.status is not Status.UNTRIGGERED:
            continue
        price = prices[order.trigger_by]
        trailing = order.trail_distance is not None or order.trail_ratio is not None
        if trailing and not _trail(exchange, order, price):
            continue
        trigger = order.trigger_price
        if trigger is None:
            continue
        if price >= trigger if order.trigger_rises else price <= trigger:
            _fire(exchange, order)


def _trail(exchange: Exchange, order: Order, price: Decimal) -> bool:
    """Let a trailing stop follow the best price; tells whether it is active."""
    protects_long = order.side is Side.SELL
    if order.trail_best is None:
        start = order.trail_from or price
        if price < start if protects_long else price > start:
            return False
        order.trail_best = start
    better = price > order.trail_best if protects_long else price < order.trail_best
    if better:
        order.trail_best = price
        distance = order.trail_distance or price * (order.trail_ratio or 0)
        order.trigger_price = price - distance if protects_long else price + distance
        order.updated_ms = exchange.now_ms
    return True


def _fire(exchange: Exchange, order: Order) -> None:
    account = exchange.by_id[order.account_id]
    order.status = Status.TRIGGERED
    order.updated_ms = exchange.now_ms
    exchange.triggers[order.symbol].pop(order.order_id, None)
    exchange.tell_order(account, order)
    _release_leg(exchange, account, order)
    if order.closing and not _clamp(exchange, account, order):
        return
    if not order.closing and not _affordable(exchange, account, order):
        end_order(exchange, order, cause=CancelCause.BY_ADMIN, reject=RejectCause.BY_REQUEST)
        return
    execute(exchange, order)


def _release_leg(exchange: Exchange, account: Account, order: Order) -> None:
    """The leg forgets a stop that fired; its partner in a pair is canceled."""
    leg = exchange.leg(account, order.symbol, order.leg_index)
    if leg.take_profit is order:
        leg.take_profit = None
    if leg.stop_loss is order:
        leg.stop_loss = None
    if leg.trailing is order:
        leg.trailing = None
    partner, order.pair = order.pair, None
    if partner is not None and partner.open:
        partner.pair = None
        profit_fired = order.stop_kind is StopKind.PARTIAL_TAKE_PROFIT
        end_order(
            exchange,
            partner,
            cause=(
                CancelCause.STOP_BY_TAKE_PROFIT if profit_fired else CancelCause.TAKE_PROFIT_BY_STOP
            ),
        )


def _clamp(exchange: Exchange, account: Account, order: Order) -> bool:
    """Cut a closing order to its leg; an order with nothing to close ends here."""
    leg = exchange.leg(account, order.symbol, order.leg_index)
    left = leg.qty if leg.side is order.side.opposite else Decimal(0)
    if left <= 0:
        end_order(exchange, order, cause=CancelCause.BY_REDUCE_ONLY, reject=RejectCause.BY_REQUEST)
        return False
    full = order.stop_mode is StopMode.FULL and order.stop_kind is not StopKind.CONDITIONAL
    whole = full or order.whole_leg
    if whole or order.leaves > left:
        order.qty = order.leaves = left
    return True


def _affordable(exchange: Exchange, account: Account, order: Order) -> bool:
    """Margin is asked for when the order wakes, not while it waits."""
    leg = exchange.leg(account, order.symbol, order.leg_index)
    price = order.price
    if order.kind is OrderKind.MARKET:
        price = exchange.market(order.symbol).last
    cost = margin.order_cost(
        order.side, order.leaves, price, leg.leverage, exchange.rules.taker_rate
    )
    return cost <= margin.summary(exchange, account).available
