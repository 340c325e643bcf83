"""What was stored, read back as domain values; every query is scoped by the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from bot_trading.domain.account import Balance, TradingState
from bot_trading.domain.fill import CoinAmount, Fill, LiquiditySide, TradeKey
from bot_trading.domain.order import (
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from bot_trading.domain.position import PositionLeg
from bot_trading.ports import StoredState
from bot_trading.storage.numbers import leg_id_of, maybe, plain
from bot_trading.storage.reading_exits import (
    FORMER_LEVELS,
    FORMER_LEVELS_MAX,
    LAST_STEPS,
    OPEN_RUNGS,
    level_from,
    rung_from,
    step_from,
    tagged_ids,
)
from bot_trading.storage.reading_groups import NEWEST_GROUPS, group_from
from bot_trading.storage.reading_risk import FIGURES, figure_from
from bot_trading.storage.rows import instant, microseconds

__all__ = [
    "ENDED_ORDERS_MAX",
    "REREAD_OVERLAP_US",
    "SIGNAL_IDS_MAX",
    "OrderEvent",
    "ProcessStatus",
    "SavedOrder",
    "fill_from",
    "order_event_from",
    "read_legs",
    "read_state",
    "saved_order_from",
    "status_from",
]

# A stream may lose a fill and tell later ones, and what is older than this is known from the last
# reading in which legs agreed: an exchange that cannot be read for a day is left to a person.
REREAD_OVERLAP_US = 25 * 3_600 * 1_000_000
# At ten orders a second, the most that an exchange takes, eight minutes; at ten an hour, weeks.
ENDED_ORDERS_MAX = 5_000
SIGNAL_IDS_MAX = 20_000

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
_ENDED = "status IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"
_LIVE = "status NOT IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedOrder:
    """An order as it is stored now, with the id of its row."""

    id: UUID
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """One change of an order's status or filled quantity, as it was stored."""

    client_order_id: str
    status: OrderStatus
    filled_qty: Decimal
    avg_px: Decimal | None
    reason: str
    note: str
    ts_event_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """The last sign of life of a component; `updated_at` by the database's clock."""

    account: str
    component: str
    pid: int
    updated_at: datetime
    detail: Mapping[str, Any]


def saved_order_from(row: asyncpg.Record) -> SavedOrder:
    """A row of `orders`."""
    order = Order(
        client_order_id=row["client_order_id"],
        leg_id=leg_id_of(row),
        side=OrderSide(row["side"]),
        order_type=OrderType(row["order_type"]),
        quantity=plain(row["quantity"]),
        status=OrderStatus(row["status"]),
        origin=OrderOrigin(row["origin"]),
        purpose=OrderPurpose(row["purpose"]),
        price=maybe(row["price"]),
        time_in_force=TimeInForce(row["time_in_force"]),
        post_only=row["post_only"],
        reduce_only=row["reduce_only"],
        trigger_price=maybe(row["trigger_price"]),
        stop_loss=maybe(row["stop_loss"]),
        take_profit=maybe(row["take_profit"]),
        signal_id=row["signal_id"],
        exchange_order_id=row["exchange_order_id"],
        filled_qty=plain(row["filled_qty"]),
        avg_px=maybe(row["avg_px"]),
        commission=plain(row["commission"]),
        reason=row["reason"],
        ts_created_us=microseconds(row["created_at"]),
        ts_updated_us=microseconds(row["updated_at"]),
        reference_px=maybe(row["reference_px"]),
        group_id=row["group_id"],
    )
    return SavedOrder(id=row["id"], order=order)


def fill_from(row: asyncpg.Record) -> Fill:
    """A row of `fills`."""
    other = maybe(row["other_amount"])
    return Fill(
        trade_id=row["trade_id"],
        client_order_id=row["client_order_id"],
        exchange_order_id=row["exchange_order_id"],
        leg_id=leg_id_of(row),
        side=OrderSide(row["side"]),
        last_qty=plain(row["last_qty"]),
        last_px=plain(row["last_px"]),
        commission=plain(row["commission"]),
        liquidity_side=LiquiditySide(row["liquidity_side"]),
        ts_event_us=microseconds(row["event_at"]),
        other_commission=(
            None if other is None else CoinAmount(amount=other, coin=row["other_coin"])
        ),
        group_id=row["group_id"],
    )


def leg_from(row: asyncpg.Record) -> PositionLeg:
    """A row of `positions`."""
    return PositionLeg(
        leg_id=leg_id_of(row),
        quantity=plain(row["quantity"]),
        entry_value=plain(row["entry_value"]),
        realized_pnl=plain(row["realized_pnl"]),
        commission=plain(row["commission"]),
        funding=plain(row["funding"]),
        episode=row["episode"],
        ts_opened_us=microseconds(row["opened_at"]),
        ts_updated_us=microseconds(row["updated_at"]),
        entered_qty=plain(row["entered_qty"]),
    )


def order_event_from(row: asyncpg.Record) -> OrderEvent:
    """A row of `order_events`, joined with its order's client_order_id."""
    return OrderEvent(
        client_order_id=row["client_order_id"],
        status=OrderStatus(row["status"]),
        filled_qty=plain(row["filled_qty"]),
        avg_px=maybe(row["avg_px"]),
        reason=row["reason"],
        note=row["note"],
        ts_event_us=microseconds(row["event_at"]),
    )


def status_from(row: asyncpg.Record) -> ProcessStatus:
    """A row of `process_status`."""
    return ProcessStatus(
        account=row["account"],
        component=row["component"],
        pid=row["pid"],
        updated_at=row["updated_at"],
        detail=msgspec.json.decode(row["detail"]),
    )


async def read_legs(connection: Connection, account: str) -> tuple[PositionLeg, ...]:
    """All legs of the account, flat ones included."""
    rows = await connection.fetch(
        "SELECT * FROM positions WHERE account = $1"
        ' ORDER BY exchange COLLATE "C", symbol COLLATE "C", position_idx',
        account,
    )
    return tuple(leg_from(row) for row in rows)


async def read_state(connection: Connection, account: str) -> StoredState:
    """What a start needs, as of one moment: call it inside a repeatable-read transaction.

    `since_us` lies 25 hours before the newest fill or funding payment of the exchange that is
    furthest behind, among those where something is open; 0 when nothing was ever stored.
    """
    orders = await _read_orders(connection, _LIVE_ORDERS, account)
    ended = await _read_orders(connection, _ENDED_ORDERS, account, ENDED_ORDERS_MAX)
    named = [order.client_order_id for order in (*orders, *ended)]
    fills = await connection.fetch(_FILLS_OF_ORDERS, account, named)
    booked_qty: dict[str, Decimal] = {}
    for row in fills:
        name = row["client_order_id"]
        booked_qty[name] = booked_qty.get(name, Decimal(0)) + plain(row["last_qty"])
    since = await connection.fetchval(_SINCE, account)
    since_us = 0 if since is None else max(0, microseconds(since) - REREAD_OVERLAP_US)
    recent = await connection.fetch(_TRADES_SINCE, account, instant(since_us))
    signals = await connection.fetch(_SIGNAL_IDS, account, SIGNAL_IDS_MAX)
    beginnings = await connection.fetch(
        "SELECT exchange, ours_from FROM account_beginnings WHERE account = $1", account
    )
    day_starts = await connection.fetch(_DAY_STARTS, account)
    state = await connection.fetchrow(
        "SELECT state, who, why FROM trading_states WHERE account = $1"
        " ORDER BY changed_at DESC, state DESC LIMIT 1",
        account,
    )
    return StoredState(
        orders=orders,
        ended=ended[::-1],
        entries=await _read_orders(connection, _ENTRIES, account),
        booked_qty=booked_qty,
        legs=await read_legs(connection, account),
        signal_ids=tuple(row["signal_id"] for row in reversed(signals)),
        trade_keys=frozenset(_trade_key(row) for row in (*fills, *recent)),
        since_us=since_us,
        ours_from_us={row["exchange"]: microseconds(row["ours_from"]) for row in beginnings},
        day_starts={row["exchange"]: _balance_from(row) for row in day_starts},
        trading_state=TradingState.ACTIVE if state is None else TradingState(state["state"]),
        trading_state_why="" if state is None else f"{state['who']}: {state['why']}",
        rungs=tuple(rung_from(row) for row in await connection.fetch(OPEN_RUNGS, account)),
        figures=tuple(figure_from(row) for row in await connection.fetch(FIGURES, account)),
        steps=tuple(step_from(row) for row in await connection.fetch(LAST_STEPS, account)),
        former_levels=tuple(
            level_from(row)
            for row in await connection.fetch(
                FORMER_LEVELS, account, tagged_ids(account), FORMER_LEVELS_MAX
            )
        ),
        groups=tuple(group_from(row) for row in await connection.fetch(NEWEST_GROUPS, account)),
    )


async def _read_orders(
    connection: Connection, query: str, account: str, *args: object
) -> tuple[Order, ...]:
    rows = await connection.fetch(query, account, *args)
    return tuple(saved_order_from(row).order for row in rows)


def _trade_key(row: asyncpg.Record) -> TradeKey:
    side = None if row["side"] is None else OrderSide(row["side"])
    return TradeKey(row["exchange"], row["symbol"], row["trade_id"], side)


def _balance_from(row: asyncpg.Record) -> Balance:
    return Balance(
        exchange=row["exchange"],
        coin=row["coin"],
        equity=plain(row["equity"]),
        wallet_balance=plain(row["wallet_balance"]),
        available=plain(row["available"]),
        ts_event_us=microseconds(row["event_at"]),
    )


_LIVE_ORDERS = f"""
SELECT * FROM orders WHERE account = $1 AND {_LIVE}
ORDER BY created_at, client_order_id COLLATE "C" ASC"""  # noqa: S608

_ENDED_ORDERS = f"""
SELECT * FROM orders WHERE account = $1 AND {_ENDED}
ORDER BY updated_at DESC, client_order_id COLLATE "C" DESC LIMIT $2"""  # noqa: S608

_ENTRIES = """
SELECT orders.* FROM orders JOIN (
    SELECT client_order_id, min(event_at) AS filled_at
    FROM fills JOIN positions USING (account, exchange, symbol, position_idx)
    WHERE account = $1 AND positions.quantity > 0 AND event_at >= opened_at
    GROUP BY client_order_id
) AS opened USING (client_order_id)
WHERE account = $1 AND side = (CASE position_idx WHEN 1 THEN 'BUY' ELSE 'SELL' END)::order_side_enum
ORDER BY filled_at, client_order_id COLLATE "C" ASC"""

_FILLS_OF_ORDERS = """
SELECT client_order_id, exchange, symbol, trade_id, last_qty, side
FROM fills WHERE account = $1 AND client_order_id = ANY($2::text[])"""

_SIGNAL_IDS = """
SELECT signal_id FROM signals WHERE account = $1
ORDER BY event_at DESC, signal_id COLLATE "C" DESC LIMIT $2"""

_DAY_STARTS = """
SELECT DISTINCT ON (exchange) balances.* FROM balances JOIN (
    SELECT exchange, date_trunc('day', max(event_at), 'UTC') AS day
    FROM balances WHERE account = $1 GROUP BY exchange
) AS newest USING (exchange)
WHERE account = $1 AND event_at >= day
ORDER BY exchange, event_at, coin COLLATE "C" ASC"""

_SINCE = f"""
WITH newest AS (
    SELECT exchange, max(event_at) AS event_at FROM (
        SELECT exchange, event_at FROM fills WHERE account = $1
        UNION ALL SELECT exchange, event_at FROM funding_payments WHERE account = $1
    ) AS facts GROUP BY exchange
), live AS (
    SELECT exchange, min(since) AS since FROM (
        SELECT exchange, created_at AS since FROM orders WHERE account = $1 AND {_LIVE}
        UNION ALL SELECT exchange, opened_at FROM positions WHERE account = $1 AND quantity > 0
    ) AS things GROUP BY exchange
)
SELECT coalesce(
    (SELECT min(coalesce(newest.event_at, live.since)) FROM live LEFT JOIN newest USING (exchange)),
    (SELECT max(event_at) FROM newest)
)"""  # noqa: S608

_TRADES_SINCE = """
SELECT exchange, symbol, trade_id, side FROM fills
    WHERE account = $1 AND event_at >= $2
UNION ALL SELECT exchange, symbol, trade_id, NULL FROM funding_payments
    WHERE account = $1 AND event_at >= $2"""
