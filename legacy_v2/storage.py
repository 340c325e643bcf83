"""v2's database by one blocking connection: rows are written after the exchange has answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from legacy_v2.orders import Fill, Order
from legacy_v2.signals import Signal
from legacy_v2.sltp import Stop

__all__ = ["Holding", "Storage"]

SCHEMA = Path(__file__).with_name("schema.sql")


@dataclass(slots=True, kw_only=True)
class Holding:
    """An open position as v2 remembers it; `position_id` is its row."""

    position_id: int
    size: float
    entry_price: float
    stop: Stop
    realized_pnl: float = 0.0


class Storage:
    """The tables of schema.sql. Raises psycopg.Error; nothing is tried again."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url)
        self._create_tables()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def save_config(self, settings: dict[str, str]) -> None:
        """What the bot runs with, for people to look at."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO config (key, value) VALUES (%s, %s)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                list(settings.items()),
            )

    def load_holdings(self) -> dict[str, Holding]:
        """Open positions by symbol, with the newest of their active stops."""
        rows = self._rows(
            """
            SELECT DISTINCT ON (p.symbol) p.symbol, p.id, p.side, p.size, p.entry_price,
                   p.realized_pnl, p.opened_at, s.stop_loss, s.take_profit
            FROM positions p
            JOIN sltp_orders s ON s.symbol = p.symbol AND s.status = 'active'
            WHERE p.is_open = 1 ORDER BY p.symbol, s.id DESC
            """
        )
        return {
            row.symbol: Holding(
                position_id=row.id,
                size=row.size,
                entry_price=row.entry_price,
                realized_pnl=row.realized_pnl,
                stop=Stop(
                    side=row.side,
                    stop_loss=row.stop_loss,
                    take_profit=row.take_profit,
                    opened_at=row.opened_at,
                ),
            )
            for row in rows
        }

    def save_order(self, order: Order, fills: list[Fill], results: list[float]) -> int:
        """The order, what the exchange answered, and its fills with what each realised; its id."""
        with self._connection.transaction():
            order_id = self._insert(
                "orders",
                symbol=order.symbol,
                side=order.side,
                quantity=order.quantity,
                price=order.price,
                status=order.status,
            )
            self._insert(
                "exchange_orders",
                order_id=order_id,
                exchange_order_id=order.exchange_order_id,
                order_type="Market",
                reason=order.reason,
                error=order.error,
                created_at=order.sent_at,
                updated_at=datetime.now(),  # noqa: DTZ005 (v2's times are naive)
            )
            for fill, realized_pnl in zip(fills, results, strict=True):
                self._insert(
                    "trades",
                    order_id=order_id,
                    trade_id=fill.trade_id,
                    symbol=order.symbol,
                    side=order.side,
                    quantity=fill.quantity,
                    price=fill.price,
                    fee=fill.fee,
                    realized_pnl=realized_pnl,
                    is_maker=int(fill.is_maker),
                    executed_at=fill.executed_at,
                )
        return order_id

    def save_signal(
        self, signal: Signal, order_id: int | None, ordered_at: datetime | None
    ) -> None:
        """The signal with its indicators; no order where it was not followed."""
        with self._connection.transaction():
            self._insert(
                "signals",
                symbol=signal.symbol,
                direction=signal.direction,
                strength=signal.strength,
                strategy="momentum",
                indicators=json.dumps(signal.indicators),
                order_id=order_id,
                candle_at=signal.candle_at,
                received_at=signal.received_at,
                ordered_at=ordered_at,
            )

    def open_position(self, symbol: str, size: float, entry_price: float, stop: Stop) -> int:
        """A new row of positions; its id."""
        with self._connection.transaction():
            return self._insert(
                "positions",
                symbol=symbol,
                side=stop.side,
                size=size,
                entry_price=entry_price,
                realized_pnl=0.0,
                is_open=1,
                opened_at=stop.opened_at,
            )

    def change_position(self, holding: Holding) -> None:
        """Size, entry price and result after a further fill."""
        with self._connection.transaction():
            self._connection.execute(
                "UPDATE positions SET size = %s, entry_price = %s, realized_pnl = %s WHERE id = %s",
                (holding.size, holding.entry_price, holding.realized_pnl, holding.position_id),
            )

    def save_stop(self, symbol: str, order_id: int, quantity: float, stop: Stop) -> None:
        """The stop and target of one entry."""
        with self._connection.transaction():
            self._insert(
                "sltp_orders",
                symbol=symbol,
                order_id=order_id,
                side=stop.side,
                quantity=quantity,
                stop_loss=stop.stop_loss,
                take_profit=stop.take_profit,
                status="active",
                created_at=datetime.now(),  # noqa: DTZ005 (v2's times are naive)
            )

    def close_position(
        self,
        symbol: str,
        holding: Holding,
        exit_price: float | None,
        order_id: int | None,
        reason: str,
        closed_at: datetime,
    ) -> None:
        """The position is flat: its row and its stops say how and when."""
        with self._connection.transaction():
            self._connection.execute(
                "UPDATE positions SET is_open = 0, exit_price = %s, realized_pnl = %s,"
                " closed_at = %s WHERE id = %s",
                (exit_price, holding.realized_pnl, closed_at, holding.position_id),
            )
            self._connection.execute(
                "UPDATE sltp_orders SET status = %s, close_order_id = %s, closed_at = %s"
                " WHERE symbol = %s AND status = 'active'",
                (reason, order_id, closed_at, symbol),
            )

    def save_balance(self, wallet_balance: float, equity: float, recorded_at: datetime) -> None:
        """What the account holds after an order."""
        with self._connection.transaction():
            self._insert(
                "balances",
                coin="USDT",
                wallet_balance=wallet_balance,
                equity=equity,
                recorded_at=recorded_at,
            )

    def _create_tables(self) -> None:
        with self._connection.transaction():
            found = self._connection.execute("SELECT to_regclass('orders')").fetchone()
            if found is None or found[0] is None:
                self._connection.execute(SCHEMA.read_bytes())

    def _insert(self, table: str, **values: Any) -> int:
        names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"  # noqa: S608
        row = self._connection.execute(statement.encode(), list(values.values())).fetchone()
        if row is None:
            raise psycopg.DataError(f"{table} gave no id")
        return int(row[0])

    def _rows(self, statement: str) -> list[Any]:
        with (
            self._connection.transaction(),
            self._connection.cursor(row_factory=namedtuple_row) as cursor,
        ):
            return cursor.execute(statement.encode()).fetchall()
