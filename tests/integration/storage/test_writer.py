"""The account's own connection, against a real PostgreSQL."""

from __future__ import annotations

from bot_trading.storage.statements import URGENT
from bot_trading.storage.writer import Writer

# Divides by zero unless the server has planned so many statements on this connection.
_IS_PLANNED = """
SELECT 1 / (count(*) >= {wanted})::int FROM pg_prepared_statements WHERE generic_plans > 0"""


async def test_what_sends_wait_for_is_planned_when_the_connection_opens(schema_url: str) -> None:
    """The first order after a start waits for no planner."""
    writer = Writer(schema_url, "planned-ahead", 2.0)
    await writer.take_lock()
    try:
        await writer.run(_IS_PLANNED.format(wanted=len(URGENT)), [])
    finally:
        await writer.close()


async def test_planning_ahead_writes_no_row(schema_url: str) -> None:
    """An account that only opened its connection has no order, no event and no fill."""
    account = "planned-without-rows"
    writer = Writer(schema_url, account, 2.0)
    await writer.take_lock()
    try:
        for table in ("signals", "orders", "order_events", "fills", "positions"):
            count = f"SELECT 1 / (count(*) = 0)::int FROM {table} WHERE account = $1"  # noqa: S608
            await writer.run(count, [account])
    finally:
        await writer.close()
