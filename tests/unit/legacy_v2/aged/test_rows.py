"""What the drawn history of an aged v2 database promises, without a database."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legacy_v2.aged import rows
from legacy_v2.aged import tables as tables_room
from legacy_v2.aged.rows import AgedPlan, batches
from legacy_v2.aged.tables import Tables

ORDERS = st.integers(1, 120)
SEEDS = st.integers(0, 2**32)


def _all_rows(plan: AgedPlan) -> Tables:
    """Every batch of a plan, joined."""
    found: dict[str, list[pl.DataFrame]] = {}
    for tables in batches(plan):
        for name, frame in tables.items():
            found.setdefault(name, []).append(frame)
    return {name: pl.concat(frames, how="vertical_relaxed") for name, frames in found.items()}


def _exact(values: pl.Series) -> Decimal:
    """The sum of floats, each read as the decimal that it prints as."""
    return sum((Decimal(repr(value)) for value in values), Decimal(0))


@given(orders=ORDERS, seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_there_are_as_many_orders_as_asked_for(orders: int, seed: int) -> None:
    """Orders and their answers count from one to the number that was asked for."""
    tables = _all_rows(AgedPlan(orders=orders, seed=seed))
    wanted = list(range(1, orders + 1))
    assert tables["orders"]["id"].to_list() == wanted
    assert tables["exchange_orders"]["order_id"].to_list() == wanted
    for frame in tables.values():
        assert frame["id"].to_list() == list(range(1, frame.height + 1))


@given(orders=ORDERS, seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_the_plan_knows_how_many_orders_end_how(orders: int, seed: int) -> None:
    """Statuses are counted before a row is drawn, and they are those that are drawn."""
    plan = AgedPlan(orders=orders, seed=seed)
    drawn = _all_rows(plan)["orders"]["status"].value_counts()
    counted = {status: count for status, count in plan.statuses.items() if count}
    assert dict(drawn.iter_rows()) == counted
    assert sum(counted.values()) == orders


@given(orders=ORDERS, seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_trades_sum_to_the_orders_that_filled(orders: int, seed: int) -> None:
    """Executions of a filled order add up to its quantity; no other order has any."""
    tables = _all_rows(AgedPlan(orders=orders, seed=seed))
    for order in tables["orders"].iter_rows(named=True):
        fills = tables["trades"].filter(pl.col("order_id") == order["id"])
        if order["status"] == "Filled":
            assert _exact(fills["quantity"]) == Decimal(repr(order["quantity"]))
            assert set(fills["symbol"]) == {order["symbol"]}
            assert set(fills["side"]) == {order["side"]}
        else:
            assert fills.is_empty()


@given(orders=ORDERS, seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_the_wallet_follows_from_the_trades(orders: int, seed: int) -> None:
    """The last wallet is the deposit with every realised result, less every fee, to 10⁻⁸."""
    plan = AgedPlan(orders=orders, seed=seed)
    tables = _all_rows(plan)
    if plan.blocks == 0:
        assert "balances" not in tables
        return
    trades = tables["trades"].filter(pl.col("order_id") <= plan.blocks * 10)
    wallet = rows.DEPOSIT_USDT + _exact(trades["realized_pnl"]) - _exact(trades["fee"])
    assert Decimal(repr(tables["balances"]["wallet_balance"][-1])) == wallet


@given(orders=ORDERS, seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_symbol_has_one_position_at_a_time(orders: int, seed: int) -> None:
    """In one-way mode a position opens after the one before it on its symbol was closed."""
    plan = AgedPlan(orders=orders, seed=seed)
    positions = _all_rows(plan)["positions"]
    assert positions["is_open"].sum() == plan.open_positions
    for symbol in positions["symbol"].unique():
        of_symbol = positions.filter(pl.col("symbol") == symbol)
        closed, opened = of_symbol["closed_at"].to_list(), of_symbol["opened_at"].to_list()
        assert all(end < start for end, start in zip(closed[:-1], opened[1:], strict=True))


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_results_of_positions_and_trades_agree(seed: int) -> None:
    """What a position realised is what the exit's trade says, and entry and exit explain it."""
    tables = _all_rows(AgedPlan(orders=60, seed=seed))
    joined = (
        tables["sltp_orders"]
        .select("id", "close_order_id")
        .join(tables["positions"], on="id")
        .join(tables["trades"], left_on="close_order_id", right_on="order_id", suffix="_trade")
    )
    assert joined["realized_pnl"].to_list() == joined["realized_pnl_trade"].to_list()
    sign = pl.when(pl.col("side") == "Buy").then(1).otherwise(-1)
    explained = sign * (pl.col("exit_price") - pl.col("entry_price")) * pl.col("size")
    errors = joined.select((explained - pl.col("realized_pnl")).abs().max()).item()
    assert errors < 1e-3


def test_the_same_seed_draws_the_same_rows() -> None:
    """Rows depend on the arguments alone, and another seed draws others."""
    first, again, other = (
        _all_rows(AgedPlan(orders=200, seed=seed, zone="Europe/Berlin")) for seed in (3, 3, 4)
    )
    assert all(first[name].equals(again[name]) for name in first)
    assert not first["orders"].equals(other["orders"])


def test_batches_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids and the wallet go on from batch to batch."""
    monkeypatch.setattr(rows, "BATCH_BLOCKS", 3)
    plan = AgedPlan(orders=101, seed=9)
    assert sum(1 for _ in batches(plan)) == 5
    tables = _all_rows(plan)
    assert tables["trades"]["id"].to_list() == list(range(1, tables["trades"].height + 1))
    trades = tables["trades"].filter(pl.col("order_id") <= 100)
    wallet = rows.DEPOSIT_USDT + _exact(trades["realized_pnl"]) - _exact(trades["fee"])
    assert Decimal(repr(tables["balances"]["wallet_balance"][-1])) == wallet


def test_naive_times_show_the_clock_of_the_zone() -> None:
    """The same instants are written an hour later in Berlin's winter than in UTC."""
    utc, berlin = (
        _all_rows(AgedPlan(orders=20, seed=1, zone=zone)) for zone in ("UTC", "Europe/Berlin")
    )
    shift = berlin["trades"]["executed_at"] - utc["trades"]["executed_at"]
    assert set(shift.dt.total_seconds()) == {3_600}


def test_every_number_prints_as_a_short_decimal() -> None:
    """Quantities and prices are clean: no float carries more digits than its step."""
    trades = _all_rows(AgedPlan(orders=500, seed=5))["trades"]
    decimals = {row[0]: (row[1], row[2]) for row in tables_room.SYMBOLS}
    for symbol, price, quantity in trades.select("symbol", "price", "quantity").iter_rows():
        price_decimals, quantity_decimals = decimals[symbol]
        assert price == round(price, price_decimals)
        assert quantity == round(quantity, quantity_decimals)
