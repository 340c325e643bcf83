"""The store in PostgreSQL: commits over the account's own connection, reads over a small pool.

Every write is idempotent, so that a commit whose answer was lost is simply made again. Every call
ends within its deadline: with a result, or with `StoreUnavailable`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from bot_trading.clock import now_us
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import Record
from bot_trading.domain.order import Order
from bot_trading.domain.position import PositionLeg
from bot_trading.errors import StoreError
from bot_trading.ports import StoredState
from bot_trading.storage import reading
from bot_trading.storage.batches import encode_commit
from bot_trading.storage.reader import Pooled, Reader
from bot_trading.storage.reading import OrderEvent, ProcessStatus, SavedOrder
from bot_trading.storage.reading_exits import EXIT_COUNTS, ExitCounts, exit_counts_from
from bot_trading.storage.rows import instant, order_id
from bot_trading.storage.writer import Writer

__all__ = ["Database"]


class Database:
    """One database, and after `open` one account in it. Implements `ports.Store`."""

    def __init__(self, database_url: str, *, deadline_ms: int = 2_000, pool_size: int = 4) -> None:
        self._database_url = database_url
        self._deadline_s = deadline_ms / 1_000
        self._reader = Reader(database_url, self._deadline_s, pool_size)
        self._account: str | None = None
        self._writer: Writer | None = None

    async def connect(self) -> None:
        """Make reads possible, without an account and its lock.

        Raises StoreUnavailable, or StoreError when the schema is not this release's.
        """
        await self._reader.open()

    async def open(self, account: str) -> None:
        """Connect and take the account's lock: no other core can trade it until `close`.

        Raises AccountLocked, StoreUnavailable, or StoreError for a schema of another release.
        """
        if not account:
            raise StoreError("an account has a name")
        if self._account is not None:
            raise StoreError(f"the store is open for account {self._account!r}; close it first")
        await self.connect()
        writer = Writer(self._database_url, account, self._deadline_s)
        try:
            await writer.take_lock()
        except BaseException:
            await self.close()
            raise
        # codelint: ok D23 because start-up opens the store once, before any task reads
        self._account, self._writer = account, writer

    async def close(self) -> None:
        """Give the lock back and disconnect; what was committed stays."""
        writer, self._writer, self._account = self._writer, None, None
        if writer is not None:
            await writer.close()
        await self._reader.close()

    @property
    def lock_held(self) -> bool:
        """True while the connection that holds the account's lock is alive, as far as we know."""
        return self._writer is not None and self._writer.lock_held

    async def wait_lock_lost(self) -> str:
        """Return, with a sentence, when the lock is lost: entries must stop until it is back."""
        writer = self._opened()[1]
        await writer.wait_lock_lost()
        return f"the connection that holds the lock of account {self._account!r} was lost"

    async def retake_lock(self) -> None:
        """Take a lost lock again, as the next commit also does; no-op while it is held.

        Raises AccountLocked when another core took it meanwhile, or StoreUnavailable.
        """
        await self._opened()[1].take_lock()

    async def commit(self, records: Sequence[Record]) -> None:
        """Write the rows in one statement, which is one transaction; see `ports.Store.commit`.

        Raises StoreUnavailable when they are not known to be written: commit the same rows again.
        Any other StoreError means that these rows are refused, now and later.
        """
        account, writer = self._opened()
        if records:
            await writer.run(*encode_commit(account, records))

    async def load(self) -> StoredState:
        """What was stored for the account, as of one moment; see `reading.read_state`."""
        account, _ = self._opened()

        async def read(connection: Pooled) -> StoredState:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await reading.read_state(connection, account)

        return await self._reader.read(read)

    async def save_order(self, order: Order) -> SavedOrder:
        """Keep one order, and return it as stored now: a newer version that was there stays."""
        await self.commit([Record(row=order, ts_init_us=now_us())])
        account, _ = self._opened()
        rows = await self.fetch(
            "SELECT * FROM orders WHERE id = $1", order_id(account, order.client_order_id)
        )
        return reading.saved_order_from(rows[0])

    async def save_fill(self, fill: Fill) -> None:
        """Keep one fill of an order that is stored; the same `trade_id` again changes nothing."""
        await self.commit([Record(row=fill, ts_init_us=now_us())])

    async def fetch_orders(
        self, *, symbol: str | None = None, live_only: bool = False
    ) -> tuple[SavedOrder, ...]:
        """Orders of the account, newest first."""
        account, _ = self._opened()
        rows = await self.fetch(
            "SELECT * FROM orders WHERE account = $1 AND ($2::text IS NULL OR symbol = $2)"
            " AND NOT ($3 AND status IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED'))"
            ' ORDER BY created_at DESC, client_order_id COLLATE "C" DESC',
            *(account, symbol, live_only),
        )
        return tuple(reading.saved_order_from(row) for row in rows)

    async def fetch_order_events(self, client_order_id: str) -> tuple[OrderEvent, ...]:
        """Every change of status or filled quantity of one order, oldest first."""
        account, _ = self._opened()
        rows = await self.fetch(
            "SELECT e.*, o.client_order_id FROM order_events e JOIN orders o ON o.id = e.order_id"
            " WHERE o.id = $1 ORDER BY e.event_at, e.filled_qty, e.status",
            order_id(account, client_order_id),
        )
        return tuple(reading.order_event_from(row) for row in rows)

    async def fetch_fills(self, since_us: int = 0) -> tuple[Fill, ...]:
        """Fills of the account at or after `since_us`, oldest first."""
        account, _ = self._opened()
        rows = await self.fetch(
            "SELECT * FROM fills WHERE account = $1 AND event_at >= $2"
            ' ORDER BY event_at, exchange COLLATE "C", trade_id COLLATE "C"',
            *(account, instant(since_us)),
        )
        return tuple(reading.fill_from(row) for row in rows)

    async def fetch_legs(self) -> tuple[PositionLeg, ...]:
        """All legs of the account, flat ones included."""
        account, _ = self._opened()
        return await self._reader.read(lambda connection: reading.read_legs(connection, account))

    async def fetch_exit_counts(self) -> Mapping[LegId, ExitCounts]:
        """How often the stop of each leg was moved, and how many levels of its ladders closed."""
        account, _ = self._opened()
        rows = await self.fetch(EXIT_COUNTS, account)
        return dict(exit_counts_from(row) for row in rows)

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Rows of a query; after a lost connection it is sent again, so let it only read."""

        async def read(connection: Pooled) -> list[asyncpg.Record]:
            return await connection.fetch(sql, *args)

        return await self._reader.read(read)

    async def fetchval(self, sql: str, *args: object) -> Any:
        """The first column of the first row; sent again like `fetch`, so let it only read."""

        async def read(connection: Pooled) -> Any:
            return await connection.fetchval(sql, *args)

        return await self._reader.read(read)

    async def execute(self, sql: str, *args: object) -> str:
        """Run a statement once and return the server's command tag.

        Raises StoreUnavailable when the connection was lost and nobody knows whether it ran. A
        statement that ends its own connection with pg_terminate_backend did what it was asked to.
        """
        return await self._reader.execute_once(sql, *args)

    async def heartbeat(
        self, component: str, detail: Mapping[str, object], *, account: str | None = None
    ) -> None:
        """Say that `component` of `account` (ours, when open) lives; `detail` is kept as JSON."""
        owner = account if account is not None else self._opened()[0]
        text = msgspec.json.encode(detail).decode()

        async def write(connection: Pooled) -> None:
            await connection.execute(_HEARTBEAT, owner, component, os.getpid(), text)

        await self._reader.read(write)

    async def read_status(self, account: str | None = None) -> tuple[ProcessStatus, ...]:
        """The last sign of life of each component, of one account or of all."""
        rows = await self.fetch(
            "SELECT * FROM process_status WHERE $1::text IS NULL OR account = $1"
            " ORDER BY account, component",
            account,
        )
        return tuple(reading.status_from(row) for row in rows)

    def _opened(self) -> tuple[str, Writer]:
        if self._account is None or self._writer is None:
            raise StoreError("the store is not open for an account")
        return self._account, self._writer


_HEARTBEAT = """
INSERT INTO process_status (account, component, pid, updated_at, detail)
VALUES ($1, $2, $3, clock_timestamp(), $4::jsonb)
ON CONFLICT (account, component) DO UPDATE
SET pid = excluded.pid, updated_at = excluded.updated_at, detail = excluded.detail"""
