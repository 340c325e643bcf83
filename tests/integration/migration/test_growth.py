"""A roll-back's work grows with its rows alone, also where the server still thinks v3 is empty."""

from __future__ import annotations

import psycopg
import pytest

from bot_trading.storage import schema
from migration.databases import connect_source, connect_target
from migration.ledger import make_ledger
from migration.mapping_rules import load_mapping
from migration.rollback import roll_back
from readiness.scratch_database import scratch_database
from tests.integration.migration.conftest import MAPPING

ORDER = """
    INSERT INTO orders (id, symbol, side, quantity, status, position_idx, account, exchange,
        client_order_id, order_type, origin, purpose)
    SELECT lpad(i::text, 32, '0')::uuid, 'BTCUSDT', 'BUY', 1, 'FILLED', 0, 'v2', 'bybit',
        'v2-' || lpad(i::text, 12, '0'), 'MARKET', 'v2', 'ENTRY'
    FROM generate_series(1, %s) AS i
"""
KEY = """
    INSERT INTO migration.key_map (flow, source_table, source_key, target_id, digest)
    SELECT 'orders->public.orders', 'orders', i, lpad(i::text, 32, '0')::uuid, 0
    FROM generate_series(1, %s) AS i
"""
PAGES = """
    SELECT coalesce(sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit), 0)::bigint
    FROM pg_statio_user_tables
"""
FEW, MANY = 500, 4_000
ROWS_OF_OLD = 3_000  # They are gone, and their pages are what makes the table count as empty.


def _pages_per_row(url: str, rows: int) -> float:
    """Pages that the roll-back of this many orders looks at, for each of them."""
    mapping = load_mapping(MAPPING)
    with connect_target(url) as target:
        make_ledger(target, mapping)
        target.execute(ORDER, (ROWS_OF_OLD,))
        target.execute("DELETE FROM orders")
        target.execute("ANALYZE orders")
        target.commit()
        target.execute(ORDER, (rows,))
        target.execute(KEY, (rows,))
        target.commit()
    with psycopg.connect(url) as watcher:
        before = watcher.execute(PAGES).fetchone()
    with connect_target(url) as target:
        assert roll_back(target, mapping) == {"public.orders": rows}
    with psycopg.connect(url) as watcher:
        after = watcher.execute(PAGES).fetchone()
    assert before is not None
    assert after is not None
    return float(after[0] - before[0]) / rows


async def test_a_rollback_is_linear(postgres_url: str) -> None:
    """Eight times the rows cost no more pages per row, though the statistics say "no rows"."""
    costs = []
    for rows in (FEW, MANY):
        async with scratch_database(postgres_url) as url:
            await schema.upgrade(url)
            costs.append(_pages_per_row(url, rows))
    few, many = costs
    assert few > 0
    assert many < few * 1.5


@pytest.mark.parametrize("connect", [connect_source, connect_target])
def test_no_join_is_nested(database_url: str, connect: object) -> None:
    """Between tables of any size a session joins by hash or merge, known to be empty or not."""
    with connect(database_url) as session:  # type: ignore[operator]
        assert session.execute("SHOW enable_nestloop").fetchone() == ("off",)
