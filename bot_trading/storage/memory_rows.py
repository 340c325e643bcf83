"""What is kept in memory for one account, and what a start reads from it.

The rules are those of `reading.read_state`, which says them in SQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import itemgetter

from bot_trading.domain.account import AccountBegan, Balance
from bot_trading.domain.exits import LadderRung, ProtectionStep
from bot_trading.domain.fill import Fill, FundingPayment, TradeKey
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import RiskEvent, TradingStateChanged
from bot_trading.domain.order import Order, OrderOrigin
from bot_trading.domain.position import LegProtection, PositionLeg, is_looser
from bot_trading.domain.risk import FigureKey, RiskFigure
from bot_trading.domain.signal import Signal
from bot_trading.storage.reading import REREAD_OVERLAP_US, OrderEvent
from bot_trading.storage.reading_exits import FORMER_LEVELS_MAX, tagged_ids

__all__ = [
    *("Rows", "age", "booked", "day_starts", "end", "entries", "facts", "former_levels"),
    "last_steps",
    *("newest_groups", "open_rungs", "read_from_us"),
]

_DAY_US = 86_400_000_000
_Key = tuple[object, ...]


@dataclass(slots=True)
class Rows:
    """What is kept for one account, by the keys that the tables have."""

    signals: dict[str, Signal] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    events: dict[_Key, OrderEvent] = field(default_factory=dict)
    fills: dict[TradeKey, Fill] = field(default_factory=dict)
    funding: dict[TradeKey, FundingPayment] = field(default_factory=dict)
    legs: dict[LegId, PositionLeg] = field(default_factory=dict)
    risk_events: dict[str, RiskEvent] = field(default_factory=dict)
    balances: dict[_Key, Balance] = field(default_factory=dict)
    beginnings: dict[str, AccountBegan] = field(default_factory=dict)
    trading_states: dict[_Key, TradingStateChanged] = field(default_factory=dict)
    steps: dict[_Key, tuple[int, ProtectionStep]] = field(default_factory=dict)
    rungs: dict[_Key, LadderRung] = field(default_factory=dict)
    figures: dict[FigureKey, RiskFigure] = field(default_factory=dict)
    groups: dict[str, LegGroup] = field(default_factory=dict)


def facts(rows: Rows) -> list[Fill | FundingPayment]:
    """Everything that moved money."""
    return [*rows.fills.values(), *rows.funding.values()]


def age(order: Order) -> tuple[int, str]:
    """By when it was made."""
    return order.ts_created_us, order.client_order_id


def end(order: Order) -> tuple[int, str]:
    """By when it changed last."""
    return order.ts_updated_us, order.client_order_id


def booked(fills: Sequence[Fill]) -> dict[str, Decimal]:
    """The sum of the fills of each order that has any."""
    sums: dict[str, Decimal] = {}
    for fill in fills:
        sums[fill.client_order_id] = sums.get(fill.client_order_id, Decimal(0)) + fill.last_qty
    return sums


def entries(rows: Rows) -> tuple[Order, ...]:
    """The orders that opened the present life of each open leg, by their first fills."""
    filled_us: dict[str, int] = {}
    for fill in rows.fills.values():
        leg = rows.legs.get(fill.leg_id)
        if leg is None or leg.is_flat or fill.ts_event_us < leg.ts_opened_us:
            continue
        if fill.is_opening:
            before_us = filled_us.get(fill.client_order_id, fill.ts_event_us)
            filled_us[fill.client_order_id] = min(before_us, fill.ts_event_us)
    named = sorted(filled_us, key=lambda name: (filled_us[name], name))
    return tuple(rows.orders[name] for name in named)


def _is_present(rows: Rows, leg_id: LegId, episode: int) -> bool:
    """True for the present life of an open leg."""
    leg = rows.legs.get(leg_id)
    return leg is not None and leg.quantity > 0 and leg.episode == episode


def open_rungs(rows: Rows) -> tuple[LadderRung, ...]:
    """The rungs of the present lives of open legs, by leg and level."""
    found = [rung for rung in rows.rungs.values() if _is_present(rows, rung.leg_id, rung.episode)]
    return tuple(sorted(found, key=lambda rung: (rung.leg_id, rung.level)))


def last_steps(rows: Rows) -> tuple[ProtectionStep, ...]:
    """The tightest stop decided in each present life, the newest of equals, by leg."""
    tightest: dict[LegId, ProtectionStep] = {}
    updates: dict[LegId, int] = {}
    for _, step in sorted(rows.steps.values(), key=itemgetter(0)):
        leg_id, stop = step.protection.leg_id, step.protection.stop_loss
        if not _is_present(rows, leg_id, step.episode):
            continue
        updates[leg_id] = max(step.updates, updates.get(leg_id, 0))
        known = tightest.get(leg_id)
        if known is None or not is_looser(leg_id, stop, known.protection.stop_loss):
            tightest[leg_id] = step
    return tuple(replace(tightest[leg], updates=updates[leg]) for leg in sorted(tightest))


def former_levels(rows: Rows, account: str) -> tuple[LegProtection, ...]:
    """All protection of late from before the first order that has the core's tag in its id, or of a
    life that goes on from before; none of a leg that began a life since."""
    pattern = re.compile(tagged_ids(account).replace("_", "."))
    began_us = min(
        (
            order.ts_created_us
            for order in rows.orders.values()
            if order.origin is OrderOrigin.BOT and pattern.fullmatch(order.client_order_id)
        ),
        default=1 << 63,
    )
    newest: dict[LegId, list[LegProtection]] = {}
    for ts_us, step in sorted(rows.steps.values(), key=itemgetter(0), reverse=True):
        leg = rows.legs.get(step.protection.leg_id)
        if leg is None or leg.ts_opened_us >= began_us:
            continue
        of_leg = newest.setdefault(leg.leg_id, [])
        is_former = ts_us < began_us or leg.quantity > 0
        if is_former and len(of_leg) < FORMER_LEVELS_MAX:
            of_leg.append(step.protection)
    found = {level for levels in newest.values() for level in levels}
    return tuple(sorted(found, key=_by_leg_and_prices))


def _by_leg_and_prices(level: LegProtection) -> tuple[object, ...]:
    last = Decimal("Infinity")  # A price that is not there comes last, as in the tables.
    return level.leg_id, level.stop_loss or last, level.take_profit or last


def day_starts(rows: Rows) -> dict[str, Balance]:
    """Per exchange the first balance of the last UTC day that has one."""
    days: dict[str, int] = {}
    for balance in rows.balances.values():
        day = balance.ts_event_us // _DAY_US
        days[balance.exchange] = max(day, days.get(balance.exchange, day))
    starts: dict[str, Balance] = {}
    for balance in sorted(rows.balances.values(), key=lambda b: (b.ts_event_us, b.coin)):
        if balance.ts_event_us // _DAY_US == days[balance.exchange]:
            starts.setdefault(balance.exchange, balance)
    return starts


def read_from_us(rows: Rows, live: Sequence[Order]) -> int:
    """Where reading goes on, by the rule of `reading.read_state`."""
    newest: dict[str, int] = {}
    for fact in facts(rows):
        exchange = fact.leg_id.exchange
        newest[exchange] = max(fact.ts_event_us, newest.get(exchange, fact.ts_event_us))
    open_since = [(order.leg_id.exchange, order.ts_created_us) for order in live]
    open_since += [
        (leg.leg_id.exchange, leg.ts_opened_us) for leg in rows.legs.values() if not leg.is_flat
    ]
    ages = [newest.get(exchange, since_us) for exchange, since_us in open_since]
    since_us = min(ages) if ages else max(newest.values(), default=0)
    return max(0, since_us - REREAD_OVERLAP_US)


def newest_groups(rows: Rows) -> tuple[LegGroup, ...]:
    """The newest group of each symbol."""
    newest: dict[str, LegGroup] = {}
    for group in sorted(rows.groups.values(), key=lambda each: (each.ts_opened_us, each.group_id)):
        newest[group.long_leg.symbol] = group
    return tuple(newest[symbol] for symbol in sorted(newest))
