"""The demands say what the user's document says, and can be met."""

from __future__ import annotations

import asyncpg

from readiness.schema.catalogue import read_catalogue
from readiness.schema.demands import INDEXES, ORDERS, ROWS

# The table as the user's document writes it, with the two types that it leaves open.
USERS_TABLE = """
CREATE TYPE order_side_enum AS ENUM ('BUY', 'SELL');
CREATE TYPE order_status_enum AS ENUM ('FILLED');
CREATE TABLE orders (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    symbol VARCHAR(20) NOT NULL,
    side order_side_enum NOT NULL,
    quantity DECIMAL(20, 8) NOT NULL CHECK (quantity > 0),
    price DECIMAL(20, 8),
    status order_status_enum NOT NULL,
    position_idx INTEGER DEFAULT 0,
    reduce_only BOOLEAN DEFAULT FALSE,
    time_in_force VARCHAR(10),
    created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW()
);
CREATE INDEX idx_orders_symbol_status ON orders(symbol, status);
CREATE INDEX idx_orders_created_at ON orders(created_at DESC);
"""


async def test_orders_is_the_users_table_to_the_letter(database_url: str) -> None:
    """What PostgreSQL makes of the user's own statement is exactly what is demanded."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(USERS_TABLE)
    seen = await read_catalogue(connection)
    await connection.close()
    assert seen.columns["orders"] == ORDERS
    for name, (table, columns) in INDEXES.items():
        assert (
            table,
            f"CREATE INDEX {name} ON public.{table} USING btree {columns}",
        ) in seen.indexes


def test_both_sides_of_the_leg_rule_are_asked() -> None:
    """Rows to accept stand beside rows to refuse, so a rule that refuses everything is seen."""
    orders = [row for row in ROWS if row.table == "orders"]
    assert {row.accepted for row in orders} == {True, False}
    assert len({row.why for row in ROWS}) == len(ROWS)
