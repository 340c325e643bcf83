"""The store in memory, for simulations and back-tests: the contract of PostgreSQL, without a disk.

`Memory` is what a database would be: it outlives the stores that open accounts in it, so that a
restart of the core can be played. A commit is checked whole before anything of it is kept.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot_trading.clock import now_us
from bot_trading.domain.account import AccountBegan, Balance, TradingState
from bot_trading.domain.exits import LadderRung, ProtectionStep
from bot_trading.domain.fill import Fill, FundingPayment
from bot_trading.domain.group import LegGroup
from bot_trading.domain.messages import Record, RiskEvent, SetLegProtection, TradingStateChanged
from bot_trading.domain.order import Order, OrderStatus
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.risk import RiskFigure
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
from bot_trading.storage.memory_rows import (
    Rows,
    age,
    booked,
    day_starts,
    end,
    entries,
    facts,
    former_levels,
    last_steps,
    newest_groups,
    open_rungs,
    read_from_us,
)
from bot_trading.storage.reading import (
    ENDED_ORDERS_MAX,
    SIGNAL_IDS_MAX,
    OrderEvent,
    ProcessStatus,
    SavedOrder,
)
from bot_trading.storage.rows import asked_step, instant, order_id, row_of

__all__ = ["Memory", "MemoryStore"]

_STATUSES = tuple(OrderStatus)


@dataclass(slots=True)
class Memory:
    """Accounts with their rows, the locks on them, and the signs of life of components."""

    accounts: dict[str, Rows] = field(default_factory=dict)
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
        account, rows = self._opened()
        live = [order for order in rows.orders.values() if not order.status.is_terminal]
        ended = sorted((o for o in rows.orders.values() if o.status.is_terminal), key=end)
        ended = ended[-ENDED_ORDERS_MAX:]
        since_us = read_from_us(rows, live)
        named = {order.client_order_id for order in (*live, *ended)}
        theirs = [fill for fill in rows.fills.values() if fill.client_order_id in named]
        recent = [fact for fact in facts(rows) if fact.ts_event_us >= since_us]
        signals = sorted(rows.signals.values(), key=lambda s: (s.ts_event_us, s.signal_id))
        newest = max(
            rows.trading_states.values(),
            key=lambda change: (change.ts_init_us, change.state.strictness),
            default=None,
        )
        return StoredState(
            orders=tuple(sorted(live, key=age)),
            ended=tuple(ended),
            entries=entries(rows),
            booked_qty=booked(theirs),
            legs=await self.fetch_legs(),
            signal_ids=tuple(signal.signal_id for signal in signals[-SIGNAL_IDS_MAX:]),
            trade_keys=frozenset(fact.key for fact in (*theirs, *recent)),
            since_us=since_us,
            ours_from_us={name: each.ours_from_us for name, each in rows.beginnings.items()},
            day_starts=day_starts(rows),
            trading_state=TradingState.ACTIVE if newest is None else newest.state,
            trading_state_why="" if newest is None else f"{newest.who}: {newest.why}",
            rungs=open_rungs(rows),
            steps=last_steps(rows),
            figures=tuple(rows.figures[key] for key in sorted(rows.figures)),
            groups=newest_groups(rows),
            former_levels=former_levels(rows, account),
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
            for order in sorted(rows.orders.values(), key=age, reverse=True)
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

    def _opened(self) -> tuple[str, Rows]:
        if self._account is None:
            raise StoreError("the store is not open for an account")
        return self._account, self._memory.accounts.setdefault(self._account, Rows())


def _check_references(rows: Rows, records: Sequence[Record]) -> None:
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
        if isinstance(fill, LadderRung):
            _check_rung(rows, fill, orders)
        if not isinstance(fill, Fill) or fill.key in rows.fills:
            continue
        cause = rows.orders.get(fill.client_order_id) or orders.get(fill.client_order_id)
        if cause is None or (cause.leg_id, cause.side) != (fill.leg_id, fill.side):
            raise StoreError(
                f"fill {fill.trade_id!r}: order {fill.client_order_id!r} of its leg and side"
                " is not stored"
            )


def _check_rung(rows: Rows, rung: LadderRung, orders: Collection[str]) -> None:
    """A rung that changes nothing is not kept, so that its order is asked for by no key."""
    key = (rung.leg_id, rung.episode, rung.level)
    known = {None, *orders}
    if not rung_moves_on(rung, rows.rungs.get(key, rung)):
        return
    if rung.client_order_id not in known and rung.client_order_id not in rows.orders:
        raise StoreError(
            f"level {rung.level} of {rung.leg_id}: order {rung.client_order_id!r} is not stored"
        )


def _keep(rows: Rows, record: Record) -> None:
    """Keep one row that was checked; a row that is there already changes nothing."""
    match record.row:
        case Order() as order:
            _keep_order(rows, order, record.note)
        case PositionLeg() | LadderRung() | RiskFigure() | LegGroup() as version:
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


def _keep_version(rows: Rows, version: PositionLeg | LadderRung | RiskFigure | LegGroup) -> None:
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
        case LegGroup() as group:
            if group.ts_updated_us >= rows.groups.get(group.group_id, group).ts_updated_us:
                rows.groups[group.group_id] = group


def _keep_step(rows: Rows, asked: SetLegProtection | ProtectionStep, ts_us: int) -> None:
    step = asked_step(asked) if isinstance(asked, SetLegProtection) else asked
    rows.steps.setdefault((step.protection, ts_us, step.status), (ts_us, step))


def _keep_order(rows: Rows, order: Order, note: str) -> None:
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
