"""Money per symbol and day: compared within the rounding that was declared, and no further."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from migration.databases import Connection
from migration.ledger import make_ledger
from migration.mapping import MigrationMapping
from migration.totals import compare_totals

TRADE = (
    "INSERT INTO migration.v2_trades (id, order_id, trade_id, symbol, side, last_qty, last_px,"
    " commission, realized_pnl, is_maker, event_at) VALUES (gen_random_uuid(), gen_random_uuid(),"
    " %s, 'BTCUSDT', 'BUY', %s, %s, %s, %s, false, %s)"
)
ARRIVED = (
    ("t1", "0.5", "100", "0.03", "0", "2025-01-01 23:59:59+00"),
    ("t2", "1.5", "104", "0.09", "0", "2025-01-02 00:00:00+00"),
    ("t3", "2", "101", "0.11", "-4", "2025-01-02 00:00:01+00"),
)


@pytest.fixture
def arrived(target: Connection, mapping: MigrationMapping) -> Connection:
    """A target that holds the three trades of v2."""
    make_ledger(target, mapping)
    for row in ARRIVED:
        target.execute(TRADE, row)
    target.commit()
    return target


def test_equal_sums_are_no_discrepancy(
    source: Connection, arrived: Connection, mapping: MigrationMapping
) -> None:
    """Two days of one symbol with five sums each agree."""
    assert compare_totals(source, arrived, mapping) == (10, ())


@pytest.mark.parametrize(
    ("statement", "what", "difference"),
    [
        ("SET commission = commission + 0.01", "fee", "0.01"),
        ("SET realized_pnl = -realized_pnl", "realized_pnl", "8"),
        ("SET last_px = last_px + 1", "notional", "2"),
    ],
)
def test_a_changed_sum_is_told(
    source: Connection,
    arrived: Connection,
    mapping: MigrationMapping,
    statement: str,
    what: str,
    difference: str,
) -> None:
    """The symbol, the day and both sums are named."""
    arrived.execute(f"UPDATE migration.v2_trades {statement} WHERE trade_id = 't3'")
    arrived.commit()
    _, found = compare_totals(source, arrived, mapping)
    assert [(wrong.symbol, wrong.day, wrong.what) for wrong in found] == [
        ("BTCUSDT", "2025-01-02", what)
    ]
    assert found[0].arrived - found[0].source == Decimal(difference)


def test_a_lost_row_shows_in_every_sum(
    source: Connection, arrived: Connection, mapping: MigrationMapping
) -> None:
    """Rows, quantity, fee, notional are short; a P&L of nothing is not."""
    arrived.execute("DELETE FROM migration.v2_trades WHERE trade_id = 't1'")
    arrived.commit()
    _, found = compare_totals(source, arrived, mapping)
    assert {wrong.what for wrong in found} == {"rows", "quantity", "fee", "notional"}
    assert {wrong.day for wrong in found} == {"2025-01-01"}


def test_a_shifted_clock_shows_on_both_days(
    source: Connection, arrived: Connection, mapping: MigrationMapping
) -> None:
    """A trade that slid over midnight is missing on one day and too much on the other."""
    arrived.execute(
        "UPDATE migration.v2_trades SET event_at = event_at + interval '3 hours'"
        " WHERE trade_id = 't1'"
    )
    arrived.commit()
    _, found = compare_totals(source, arrived, mapping)
    assert {wrong.day for wrong in found} == {"2025-01-01", "2025-01-02"}


def test_what_is_in_quarantine_has_arrived(
    source: Connection, arrived: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """A row that was kept aside brings its money to the sums, from its JSON."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE trades SET symbol = NULL WHERE trade_id = 't1'")
        row = connection.execute(
            "SELECT to_jsonb(t)::text FROM trades AS t WHERE symbol IS NULL"
        ).fetchone()
    assert row is not None
    arrived.execute("DELETE FROM migration.v2_trades WHERE trade_id = 't1'")
    assert len(_found(source, arrived, mapping)) == 4
    arrived.execute(
        "INSERT INTO migration.quarantine VALUES"
        " ('trades->migration.v2_trades', 'trades', 1, '{symbol:missing}', %s, 0)",
        row,
    )
    arrived.commit()
    assert _found(source, arrived, mapping) == ()


def _found(source: Connection, target: Connection, mapping: MigrationMapping) -> tuple[object, ...]:
    target.commit()
    return compare_totals(source, target, mapping)[1]


def test_rounding_is_allowed_and_no_more(
    source: Connection, arrived: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """Half a unit of the last place per row is rounding; a whole unit is damage."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE trades SET fee = 0.0300000000004 WHERE trade_id = 't1'")
    assert _found(source, arrived, mapping) == ()
    arrived.execute(
        "UPDATE migration.v2_trades SET commission = commission + 0.000000000001"
        " WHERE trade_id = 't2'"
    )
    assert _found(source, arrived, mapping) == ()
    arrived.execute(
        "UPDATE migration.v2_trades SET commission = commission + 0.000000000001"
        " WHERE trade_id = 't2'"
    )
    assert len(_found(source, arrived, mapping)) == 1


def test_what_is_no_number_counts_as_nothing_on_both_sides(
    source: Connection, arrived: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """NaN does not spoil the sums of its day, and its row is still counted."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE trades SET fee = 'NaN' WHERE trade_id = 't1'")
    found = compare_totals(source, arrived, mapping)[1]
    assert [(wrong.what, wrong.source) for wrong in found] == [("fee", Decimal(0))]
