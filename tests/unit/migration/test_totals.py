"""Money per symbol and day: compared within the rounding that was declared, and no further."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from migration.databases import Connection
from migration.ledger import make_ledger
from migration.mapping import MigrationMapping
from migration.totals import Discrepancy, compare_totals

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


# What the sums of orders read of v3's own table; its own account's orders stand there too.
ORDERS = """
    CREATE TABLE public.orders (account text, symbol text, created_at timestamptz,
        quantity numeric, price numeric, filled_qty numeric, commission numeric);
    INSERT INTO public.orders VALUES
        ('v2', 'BTCUSDT', '2025-01-01 12:00+00', 2, 100, 2, 0.12),
        ('v2', 'BTCUSDT', '2025-01-01 12:00+00', 2, 101, 2, 0.11),
        ('v2', 'ETHUSDT', '2025-01-01 12:00+00', 1, 10, 0, 0),
        ('main', 'ETHUSDT', '2025-01-01 12:00+00', 7, 7, 7, 7);
"""


@pytest.fixture
def arrived(target: Connection, v2_url: str, mapping: MigrationMapping) -> Connection:
    """A target that holds the three orders, three trades and one balance of v2."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE exchange_orders SET created_at = '2025-01-01 12:00'")
        connection.execute(
            "INSERT INTO balances (coin, wallet_balance, equity, recorded_at)"
            " VALUES ('USDT', 1000.25, 1000, '2025-01-01 12:00')"
        )
    make_ledger(target, mapping)
    target.execute(ORDERS)
    for row in ARRIVED:
        target.execute(TRADE, row)
    target.execute(
        "INSERT INTO migration.v2_balances VALUES"
        " (gen_random_uuid(), 'USDT', 1000.25, 1000, '2025-01-01 12:00+00')"
    )
    target.commit()
    return target


def test_equal_sums_are_no_discrepancy(
    source: Connection, arrived: Connection, mapping: MigrationMapping
) -> None:
    """Two days of trades and one of two orders' symbols with five sums each, and one of a coin."""
    assert compare_totals(source, arrived, mapping) == (10 + 10 + 3, ())


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


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("public.orders SET quantity = 3 WHERE price = 101", {"quantity", "notional"}),
        ("public.orders SET price = 102 WHERE price = 101", {"notional"}),
        ("public.orders SET filled_qty = 1 WHERE price = 101", {"filled_quantity"}),
        ("public.orders SET commission = 0 WHERE price = 101", {"fee"}),
        ("migration.v2_balances SET wallet_balance = 1000", {"wallet_balance"}),
        ("migration.v2_balances SET equity = 1000.25", {"equity"}),
    ],
)
def test_the_money_of_orders_and_balances_is_added_up(
    source: Connection,
    arrived: Connection,
    mapping: MigrationMapping,
    statement: str,
    told: set[str],
) -> None:
    """An order's quantity, notional, fills and fee, and a coin's balance, per day."""
    arrived.execute(f"UPDATE {statement}")
    found = _found(source, arrived, mapping)
    assert {(wrong.day, wrong.what) for wrong in found} == {("2025-01-01", it) for it in told}


def test_an_order_in_quarantine_keeps_its_own_money_alone(
    source: Connection, arrived: Connection, v2_url: str, mapping: MigrationMapping
) -> None:
    """Its quantity comes from its JSON; its fills stand in the table of trades."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE orders SET side = 'Long' WHERE id = 2")
        row = connection.execute(
            "SELECT (to_jsonb(o) || jsonb_build_object('exchange_orders', to_jsonb(e)))::text"
            " FROM orders o JOIN exchange_orders e ON e.order_id = o.id WHERE o.id = 2"
        ).fetchone()
    assert row is not None
    arrived.execute("DELETE FROM public.orders WHERE price = 101")
    assert {it.what for it in _found(source, arrived, mapping)} >= {"rows", "quantity"}
    arrived.execute(
        "INSERT INTO migration.quarantine VALUES"
        " ('orders->public.orders', 'orders', 2, '{side:unknown_word}', %s, 0)",
        row,
    )
    assert _found(source, arrived, mapping) == ()


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


def _found(
    source: Connection, target: Connection, mapping: MigrationMapping
) -> tuple[Discrepancy, ...]:
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
    """NaN does not spoil the sums of its day or of its order, and its row is still counted."""
    with psycopg.connect(v2_url) as connection:
        connection.execute("UPDATE trades SET fee = 'NaN' WHERE trade_id = 't1'")
    found = compare_totals(source, arrived, mapping)[1]
    assert [(wrong.flow[:6], wrong.what, wrong.source) for wrong in found] == [
        ("orders", "fee", Decimal("0.2")),
        ("trades", "fee", Decimal(0)),
    ]
