"""Start-up is recovery: the state that a start begins with is what the store knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from bot_trading.domain.exits import LegExits
from bot_trading.domain.order import Order, OrderOrigin
from bot_trading.domain.position import LegProtection
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.engine.state import CoreConfig, EngineState, RecentIds
from bot_trading.execution.ids import purpose_of_id
from bot_trading.ports import StoredState
from bot_trading.risk.memory import RiskMemory
from bot_trading.sltp.bracket import widened_never

__all__ = ["Recollection", "recall", "restore"]


# Money on an exchange that is configured no longer is no money to size and to judge by.
_OF_AN_EXCHANGE = (FigureName.EQUITY, FigureName.DAY_START, FigureName.WEEK_START)
_NOBODY_KNOWS = Decimal("1e15")  # A price above all limits stands for one that nobody knows.


def restore(config: CoreConfig, stored: StoredState, now_us: int) -> EngineState:
    """The state before the first event; live orders are unsettled until the exchange is asked.

    Nothing is read again from before `stored.since_us`: only fills from there on are recognised as
    booked. Orders that ended are known, so that late reports find them and a repeated signal is
    answered with its order.
    """
    state = EngineState(config=config, now_us=now_us)
    state.trading_state = stored.trading_state
    state.trading_state_why = stored.trading_state_why
    state.ours_from_us = dict(stored.ours_from_us)
    state.reread_from_us = stored.since_us
    state.trade_keys = RecentIds(stored.trade_keys)
    state.signal_ids = RecentIds(stored.signal_ids)
    state.groups = {group.long_leg.symbol: group for group in stored.groups}
    for leg in stored.legs:
        state.put_leg(leg)
    state.risk = RiskMemory.restored(
        figure
        for figure in (*_day_starts(stored), *stored.figures)
        if figure.name not in _OF_AN_EXCHANGE or figure.scope in state.route.exchanges
    )
    state.booked_qty = dict(stored.booked_qty)
    for order in (*stored.ended, *stored.orders):
        _file(state, order)
    for order in stored.entries:
        if order.stop_loss is not None:
            levels = LegProtection(
                leg_id=order.leg_id, stop_loss=order.stop_loss, take_profit=order.take_profit
            )
            state.wanted[order.leg_id] = widened_never(levels, state.wanted.get(order.leg_id))
    _restore_exits(state, stored)
    return state


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """What the store knows of an exchange's orders whose ids lack the core's tag: those that an
    earlier release made, and all protection that it may have placed."""

    order_ids: frozenset[str]
    levels: tuple[LegProtection, ...]


def recall(exchange: str, stored: StoredState, state: EngineState) -> Recollection:
    """What a client needs to know its own stops again after an upgrade; nothing later on.

    Every level that was asked for counts, whoever opened the leg: the last one may have been
    decided and never set, and then what rests is an older one.
    """
    account = state.config.account
    former = [
        order
        for order in (*stored.orders, *stored.ended, *stored.entries)
        if order.leg_id.exchange == exchange
        and order.origin is OrderOrigin.BOT
        and purpose_of_id(order.client_order_id, account) is None
    ]
    of_orders = (
        LegProtection(leg_id=order.leg_id, stop_loss=order.stop_loss, take_profit=order.take_profit)
        for order in former
    )
    asked = (levels for levels in stored.former_levels if levels.leg_id.exchange == exchange)
    return Recollection(
        order_ids=frozenset(order.client_order_id for order in former),
        levels=tuple(dict.fromkeys((*of_orders, *asked))),
    )


def _day_starts(stored: StoredState) -> list[RiskFigure]:
    """Where days began by the balances that were kept: what a database of an older release knows;
    the figures of this one replace them."""
    return [
        RiskFigure(
            name=FigureName.DAY_START,
            scope=exchange,
            value=balance.equity,
            ts_event_us=balance.ts_event_us,
            ts_updated_us=balance.ts_event_us,
        )
        for exchange, balance in stored.day_starts.items()
    ]


def _restore_exits(state: EngineState, stored: StoredState) -> None:
    """What the exits of open legs have done, and the stops that were decided: none is forgotten
    and no level begins again."""
    if not state.managers:
        return
    for leg in state.open_legs():
        state.exits[leg.leg_id] = LegExits(
            leg_id=leg.leg_id,
            episode=leg.episode,
            rungs=tuple(rung for rung in stored.rungs if rung.leg_id == leg.leg_id),
        )
    for step in stored.steps:
        leg_id = step.protection.leg_id
        state.exits[leg_id] = replace(
            state.exits[leg_id],
            updates=step.updates,
            cause=step.cause,
            price_seen=step.price_seen,
        )
        state.wanted[leg_id] = widened_never(step.protection, state.wanted.get(leg_id))


def _file(state: EngineState, order: Order) -> None:
    """An order as it was stored; it holds what it may still spend and what is not in its leg yet.

    An order that an older release stored lacks the price it was approved at. The highest price that
    it names stands for it; one that names none holds more than any limit allows, so that nothing
    else is spent before it is settled.
    """
    order_id = order.client_order_id
    unbooked = order.filled_qty - state.booked_qty.get(order_id, Decimal(0))
    named = (order.price, order.avg_px, order.stop_loss, order.take_profit)
    price = order.reference_px or max((each for each in named if each), default=_NOBODY_KNOWS)
    spends = order.leaves_qty + unbooked
    is_entry = order.origin is OrderOrigin.BOT and not order.reduce_only
    if is_entry and spends > Decimal(0):
        state.reservations.hold(order_id, order.leg_id, spends, price)
    state.put_order(order)
    if not order.status.is_terminal or unbooked > Decimal(0):
        state.unsettled[order_id] = 0
