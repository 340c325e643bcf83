"""The store in memory, for simulations and back-tests: the contract of PostgreSQL, without a disk.

`Memory` is what a database would be: it outlives the stores that open accounts in it, so that a
restart of the core can be played. A commit is checked whole before anything of it is kept.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import itemgetter

from bot_trading.clock import now_us
from bot_trading.domain.account import AccountBegan, Balance, TradingState
from bot_trading.domain.exits import LadderRung, ProtectionStep
from bot_trading.domain.fill import Fill, FundingPayment, TradeKey
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import Record, RiskEvent, SetLegProtection, TradingStateChanged
from bot_trading.domain.order import Order, OrderStatus
from bot_trading.domain.position import PositionLeg, is_looser
from bot_trading.domain.risk import FigureKey, RiskFigure
from bot_trading.domain.signal import Signal
from bot_trading.errors import AccountLocked, StoreError
from bot_trading.ports import StoredState
from bot_trading.storage.batches import (
    another_order,
    fold,
    moves_forward,
    rung_moves_on,
    same_order,
)
from bot_trading.storage.reading import (
    ENDED_ORDERS_MAX,
    REREAD_OVERLAP_US,
    SIGNAL_IDS_MAX,
    OrderEvent,
    ProcessStatus,
    SavedOrder,
)
from bot_trading.storage.rows import asked_step, instant, order_id, row_of

__all__ = ["Memory", "MemoryStore"]

_DAY_US = 86_400_000_000
_STATUSES = tuple(OrderStatus)
_Key = tuple[object, ...]


@dataclass(slots=True)
class _Rows:
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


@dataclass(slots=True)
class Memory:
    """Accounts with their rows, the locks on them, and the signs of life of components."""

    accounts: dict[str, _Rows] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    status: dict[tuple[str, str], ProcessStatus] = field(default_factory=dict)


class MemoryStore:
    """One account of a `Memory`. Implements `ports.Store`."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = Memory() if memory is None else memory
        self._account: str | None = None

    async def open(self, account: str) -> None:
        """Take the account's lock. Raises AccountLocked when another store holds it."""
        if not account:
            raise StoreError("an account has a name")
        if self._account is not None:
            raise StoreError(f"the store is open for account {self._account!r}; close it first")
        if account in self._memory.locked:
            raise AccountLocked(f"account {account!r} is traded by another core: stop it first")
        self._memory.locked.add(account)
        self._account = account

    async def close(self) -> None:
        """Give the lock back; what was committed stays in the `Memory`."""
        if self._account is not None:
            self._memory.locked.discard(self._account)
            self._account = None

    async def commit(self, records: Sequence[Record]) -> None:
        """Keep the rows, all or none; see `ports.Store.commit` and `Database.commit`."""
        account, rows = self._opened()
        kept = fold(records)
        for record in kept:
            row_of(account, record)
        _check_references(rows, kept)
        for record in kept:
            _keep(rows, record)

    async def load(self) -> StoredState:
        """What was stored for the account, by the rules of `reading.read_state`."""
        rows = self._opened()[1]
        live = [order for order in rows.orders.values() if not order.status.is_terminal]
        ended = sorted((o for o in rows.orders.values() if o.status.is_terminal), key=_end)
        ended = ended[-ENDED_ORDERS_MAX:]
        since_us = _since_us(rows, live)
        named = {order.client_order_id for order in (*live, *ended)}
        theirs = [fill for fill in rows.fills.values() if fill.client_order_id in named]
        recent = [fact for fact in _facts(rows) if fact.ts_event_us >= since_us]
        signals = sorted(rows.signals.values(), key=lambda s: (s.ts_event_us, s.signal_id))
        newest = max(
            rows.trading_states.values(),
            key=lambda change: (change.ts_init_us, change.state.strictness),
            default=None,
        )
        return StoredState(
            orders=tuple(sorted(live, key=_age)),
            ended=tuple(ended),
            entries=_entries(rows),
            booked_qty=_booked(theirs),
            legs=await self.fetch_legs(),
            signal_ids=tuple(signal.signal_id for signal in signals[-SIGNAL_IDS_MAX:]),
            trade_keys=frozenset(fact.key for fact in (*theirs, *recent)),
            since_us=since_us,
            ours_from_us={name: each.ours_from_us for name, each in rows.beginnings.items()},
            day_starts=_day_starts(rows),
            trading_state=TradingState.ACTIVE if newest is None else newest.state,
            trading_state_why="" if newest is None else newest.why,
            rungs=_open_rungs(rows),
            steps=_last_steps(rows),
            figures=tuple(rows.figures[key] for key in sorted(rows.figures)),
        )

    async def save_order(self, order: Order) -> SavedOrder:
        """Keep one order, and return it as stored now: a newer version that was there stays."""
        await self.commit([Record(row=order, ts_init_us=now_us())])
        account, rows = self._opened()
        stored = rows.orders[order.client_order_id]
        return SavedOrder(id=order_id(account, order.client_order_id), order=stored)

    async def save_fill(self, fill: Fill) -> None:
        """Keep one fill of an order that is stored; the same `trade_id` again changes nothing."""
        await self.commit([Record(row=fill, ts_init_us=now_us())])

    async def fetch_orders(
        self, *, symbol: str | None = None, live_only: bool = False
    ) -> tuple[SavedOrder, ...]:
        """Orders of the account, newest first."""
        account, rows = self._opened()
        return tuple(
            SavedOrder(id=order_id(account, order.client_order_id), order=order)
            for order in sorted(rows.orders.values(), key=_age, reverse=True)
            if symbol in (None, order.leg_id.symbol)
            and not (live_only and order.status.is_terminal)
        )

    async def fetch_order_events(self, client_order_id: str) -> tuple[OrderEvent, ...]:
        """Every change of status or filled quantity of one order, oldest first."""
        events = self._opened()[1].events.values()
        mine = [event for event in events if event.client_order_id == client_order_id]
        return tuple(
            sorted(mine, key=lambda e: (e.ts_event_us, e.filled_qty, _STATUSES.index(e.status)))
        )

    async def fetch_fills(self, since_us: int = 0) -> tuple[Fill, ...]:
        """Fills of the account at or after `since_us`, oldest first."""
        fills = [fill for fill in self._opened()[1].fills.values() if fill.ts_event_us >= since_us]
        return tuple(sorted(fills, key=lambda f: (f.ts_event_us, f.leg_id.exchange, f.trade_id)))

    async def fetch_legs(self) -> tuple[PositionLeg, ...]:
        """All legs of the account, flat ones included."""
        legs = self._opened()[1].legs
        return tuple(legs[leg_id] for leg_id in sorted(legs))

    async def heartbeat(
        self, component: str, detail: Mapping[str, object], *, account: str | None = None
    ) -> None:
        """Say that `component` of `account` (ours, when open) lives."""
        owner = account if account is not None else self._opened()[0]
        self._memory.status[owner, component] = ProcessStatus(
            account=owner,
            component=component,
            pid=os.getpid(),
            updated_at=instant(now_us()),
            detail=dict(detail),
        )

    async def read_status(self, account: str | None = None) -> tuple[ProcessStatus, ...]:
        """The last sign of life of each component, of one account or of all."""
        status = self._memory.status
        return tuple(status[key] for key in sorted(status) if account in (None, key[0]))

    def _opened(self) -> tuple[str, _Rows]:
        if self._account is None:
            raise StoreError("the store is not open for an account")
        return self._account, self._memory.accounts.setdefault(self._account, _Rows())


def _facts(rows: _Rows) -> list[Fill | FundingPayment]:
    return [*rows.fills.values(), *rows.funding.values()]


def _age(order: Order) -> tuple[int, str]:
    return order.ts_created_us, order.client_order_id


def _end(order: Order) -> tuple[int, str]:
    return order.ts_updated_us, order.client_order_id


def _booked(fills: Sequence[Fill]) -> dict[str, Decimal]:
    """The sum of the fills of each order that has any."""
    sums: dict[str, Decimal] = {}
    for fill in fills:
        sums[fill.client_order_id] = sums.get(fill.client_order_id, Decimal(0)) + fill.last_qty
    return sums


def _entries(rows: _Rows) -> tuple[Order, ...]:
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


def _is_present(rows: _Rows, leg_id: LegId, episode: int) -> bool:
    """True for the present life of an open leg."""
    leg = rows.legs.get(leg_id)
    return leg is not None and leg.quantity > 0 and leg.episode == episode


def _open_rungs(rows: _Rows) -> tuple[LadderRung, ...]:
    """The rungs of the present lives of open legs, by leg and level."""
    found = [rung for rung in rows.rungs.values() if _is_present(rows, rung.leg_id, rung.episode)]
    return tuple(sorted(found, key=lambda rung: (rung.leg_id, rung.level)))


def _last_steps(rows: _Rows) -> tuple[ProtectionStep, ...]:
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


def _day_starts(rows: _Rows) -> dict[str, Balance]:
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


def _since_us(rows: _Rows, live: Sequence[Order]) -> int:
    """Where reading goes on, by the rule of `reading.read_state`."""
    newest: dict[str, int] = {}
    for fact in _facts(rows):
        exchange = fact.leg_id.exchange
        newest[exchange] = max(fact.ts_event_us, newest.get(exchange, fact.ts_event_us))
    open_since = [(order.leg_id.exchange, order.ts_created_us) for order in live]
    open_since += [
        (leg.leg_id.exchange, leg.ts_opened_us) for leg in rows.legs.values() if not leg.is_flat
    ]
    ages = [newest.get(exchange, since_us) for exchange, since_us in open_since]
    since_us = min(ages) if ages else max(newest.values(), default=0)
    return max(0, since_us - REREAD_OVERLAP_US)


def _check_references(rows: _Rows, records: Sequence[Record]) -> None:
    """Raise StoreError where PostgreSQL's foreign keys would: at the end of the whole commit."""
    signals = {record.row.signal_id for record in records if isinstance(record.row, Signal)}
    orders = {
        record.row.client_order_id: record.row
        for record in records
        if isinstance(record.row, Order)
    }
    for order in orders.values():
        known = rows.orders.get(order.client_order_id)
        if known is not None and not same_order(order, known):
            raise another_order(order)
        if known is not None and not moves_forward(order, known):
            continue
        if not {order.signal_id} <= {None, *signals} and order.signal_id not in rows.signals:
            raise StoreError(
                f"order {order.client_order_id!r}: signal {order.signal_id!r} is not stored"
            )
    for record in records:
        fill = record.row
        if isinstance(fill, LadderRung) and not (
            {fill.client_order_id} <= {None, *orders} or fill.client_order_id in rows.orders
        ):
            raise StoreError(
                f"level {fill.level} of {fill.leg_id}: order {fill.client_order_id!r} is not stored"
            )
        if not isinstance(fill, Fill) or fill.key in rows.fills:
            continue
        cause = rows.orders.get(fill.client_order_id) or orders.get(fill.client_order_id)
        if cause is None or (cause.leg_id, cause.side) != (fill.leg_id, fill.side):
            raise StoreError(
                f"fill {fill.trade_id!r}: order {fill.client_order_id!r} of its leg and side"
                " is not stored"
            )


def _keep(rows: _Rows, record: Record) -> None:
    """Keep one row that was checked; a row that is there already changes nothing."""
    match record.row:
        case Order() as order:
            _keep_order(rows, order, record.note)
        case PositionLeg() | LadderRung() | RiskFigure() as version:
            _keep_version(rows, version)
        case Signal() as signal:
            rows.signals.setdefault(signal.signal_id, signal)
        case Fill() as fill:
            rows.fills.setdefault(fill.key, fill)
        case FundingPayment() as payment:
            rows.funding.setdefault(payment.key, payment)
        case RiskEvent() as event:
            rows.risk_events.setdefault(event.event_id, event)
        case Balance() as balance:
            key = (balance.exchange, balance.coin, balance.ts_event_us)
            rows.balances.setdefault(key, balance)
        case AccountBegan() as began:
            rows.beginnings.setdefault(began.exchange, began)
        case TradingStateChanged() as change:
            rows.trading_states.setdefault((change.ts_init_us, change.state), change)
        case SetLegProtection() | ProtectionStep() as step:
            _keep_step(rows, step, record.ts_init_us)


def _keep_version(rows: _Rows, version: PositionLeg | LadderRung | RiskFigure) -> None:
    """Keep what is newer than what is there."""
    match version:
        case PositionLeg() as leg:
            if leg.ts_updated_us >= rows.legs.get(leg.leg_id, leg).ts_updated_us:
                rows.legs[leg.leg_id] = leg
        case LadderRung() as rung:
            key = (rung.leg_id, rung.episode, rung.level)
            if rung_moves_on(rung, rows.rungs.get(key, rung)):
                rows.rungs[key] = rung
        case RiskFigure() as figure:
            if figure.ts_updated_us >= rows.figures.get(figure.key, figure).ts_updated_us:
                rows.figures[figure.key] = figure


def _keep_step(rows: _Rows, asked: SetLegProtection | ProtectionStep, ts_us: int) -> None:
    step = asked_step(asked) if isinstance(asked, SetLegProtection) else asked
    rows.steps.setdefault((step.protection, ts_us, step.status), (ts_us, step))


def _keep_order(rows: _Rows, order: Order, note: str) -> None:
    known = rows.orders.get(order.client_order_id)
    if known is not None and not moves_forward(order, known):
        return
    rows.orders[order.client_order_id] = order
    if known is None or (known.status, known.filled_qty) != (order.status, order.filled_qty):
        event = OrderEvent(
            client_order_id=order.client_order_id,
            status=order.status,
            filled_qty=order.filled_qty,
            avg_px=order.avg_px,
            reason=order.reason,
            note=note,
            ts_event_us=order.ts_updated_us,
        )
        key = (order.client_order_id, order.ts_updated_us, order.status, order.filled_qty)
        rows.events.setdefault(key, event)
