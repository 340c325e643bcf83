"""From integers to columns: exact decimals, naive clocks, and what is left empty."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legacy_v2.aged import tables
from legacy_v2.aged.rows import AgedPlan, batches
from legacy_v2.aged.tables import Fills, Ints, Sent, Signals, Trips

SCHEMA = (Path(__file__).parents[4] / "legacy_v2" / "schema.sql").read_text("utf-8")
NOON_US = 1_767_614_400_000_000  # 2026-01-05 12:00 UTC.


def _one(value: int) -> Ints:
    return np.array([[value]])


def _sent(status: int) -> Sent:
    return Sent(
        order_id=_one(7),
        sent_us=_one(NOON_US),
        symbol=_one(0),
        is_buy=_one(1),
        ticks=_one(600_001),
        lots=_one(16),
        status=_one(status),
        reason=_one(tables.ENTRY),
    )


@given(
    symbol=st.integers(0, len(tables.SYMBOLS) - 1),
    ticks=st.integers(1, 10**7),
    lots=st.integers(1, 10**6),
)
def test_values_are_price_times_quantity_exactly(symbol: int, ticks: int, lots: int) -> None:
    """Ticks × lots, scaled, is the product of the two decimals in 10⁻⁸ USDT."""
    _, price_decimals, quantity_decimals, _ = tables.SYMBOLS[symbol]
    price = Decimal(ticks).scaleb(-price_decimals)
    quantity = Decimal(lots).scaleb(-quantity_decimals)
    value = tables.value_units(_one(symbol), _one(ticks), _one(lots))
    assert Decimal(int(value[0, 0])).scaleb(-8) == price * quantity


@pytest.mark.parametrize(
    ("status", "word", "order_type", "has_id"),
    [
        (tables.FILLED, "Filled", "Market", True),
        (tables.CANCELLED, "Cancelled", "Limit", True),
        (tables.REJECTED, "Rejected", "Market", False),
        (tables.NEW, "New", "Limit", True),
    ],
)
def test_an_order_and_its_answer_fit(status: int, word: str, order_type: str, has_id: bool) -> None:
    """Only a rejected order has an error and no id; what rests or rested is a limit order."""
    made = tables.order_tables(_sent(status), np.random.default_rng(1), "UTC")
    order, answer = (made[name].row(0, named=True) for name in ("orders", "exchange_orders"))
    assert (order["price"], order["quantity"], order["status"]) == (60_000.1, 0.016, word)
    assert (answer["order_type"], answer["exchange_order_id"] is not None) == (order_type, has_id)
    assert (answer["error"] is None) == has_id
    assert answer["created_at"] == datetime(2026, 1, 5, 12)  # noqa: DTZ001 (v2's times are naive)
    assert answer["updated_at"] > answer["created_at"]


def test_a_clock_is_the_zones() -> None:
    """Noon in UTC is five in the afternoon and a half in Kolkata."""
    made = tables.order_tables(_sent(tables.FILLED), np.random.default_rng(1), "Asia/Kolkata")
    shown = made["exchange_orders"]["created_at"][0]
    assert shown == datetime(2026, 1, 5, 17, 30)  # noqa: DTZ001 (v2's times are naive)


def _trips(*, is_open: bool, is_buy: int = 1) -> Trips:
    return Trips(
        first_id=3,
        entry_id=_one(7),
        symbol=_one(0),
        is_buy=_one(is_buy),
        lots=_one(16),
        entry_ticks=_one(600_000),
        entry_value=_one(960 * tables.UNITS),
        exit_ticks=None if is_open else _one(605_400),
        pnl=_one(0 if is_open else 864_000_000),
        reason=_one(tables.ACTIVE if is_open else tables.TAKE_PROFIT),
        opened_us=_one(NOON_US),
        closed_us=None if is_open else _one(NOON_US + 60_000_000),
    )


def test_an_open_position_has_no_end() -> None:
    """Neither exit, closing order nor closing time; its stop is active."""
    made = tables.trip_tables(_trips(is_open=True), "UTC")
    position, stop = (made[name].row(0, named=True) for name in ("positions", "sltp_orders"))
    assert (position["is_open"], position["exit_price"], position["closed_at"]) == (1, None, None)
    assert (stop["status"], stop["close_order_id"], stop["closed_at"]) == ("active", None, None)


@pytest.mark.parametrize(
    ("is_buy", "stop_loss", "take_profit"), [(1, 59_640.0, 60_540.0), (0, 60_360.0, 59_460.0)]
)
def test_a_closed_position_tells_how_it_ended(
    is_buy: int, stop_loss: float, take_profit: float
) -> None:
    """Exit, result, closing order and reason stand in both rows; levels lie on their own sides."""
    made = tables.trip_tables(_trips(is_open=False, is_buy=is_buy), "UTC")
    position, stop = (made[name].row(0, named=True) for name in ("positions", "sltp_orders"))
    assert (position["entry_price"], position["exit_price"]) == (60_000.0, 60_540.0)
    assert (position["realized_pnl"], position["is_open"]) == (8.64, 0)
    assert (stop["status"], stop["order_id"], stop["close_order_id"]) == ("take_profit", 7, 8)
    assert (stop["stop_loss"], stop["take_profit"]) == (stop_loss, take_profit)


def test_a_trade_carries_its_money() -> None:
    """Fee and result are the given units of 10⁻⁸ USDT, as the nearest floats."""
    fills = Fills(
        order_id=_one(7),
        symbol=_one(5),
        is_buy=_one(0),
        ticks=_one(12_345),
        lots=_one(9_000),
        executed_us=_one(NOON_US),
    )
    rng = np.random.default_rng(1)
    row = tables.trade_table(fills, _one(-1), _one(61_107_750), 5, rng, "UTC").row(0, named=True)
    assert (row["symbol"], row["side"]) == ("DOGEUSDT", "Sell")
    assert (row["price"], row["quantity"]) == (0.12345, 9_000.0)
    assert (row["fee"], row["realized_pnl"]) == (0.6110775, -1e-08)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", row["trade_id"])


def test_a_signal_that_was_not_followed_has_no_order() -> None:
    """Neither an order nor the time of one; the one that was followed has both."""
    signals = Signals(
        first_id=1,
        symbol=np.array([[0, 1]]),
        is_buy=np.array([[1, 0]]),
        order_id=np.array([[7, 8]]),
        is_followed=np.array([[True, False]]),
        strength_permille=np.array([[919, 500]]),
        momentum_bps=np.array([[12, 40]]),
        received_us=np.array([[NOON_US, NOON_US]]),
        ordered_us=np.array([[NOON_US + 9_000, NOON_US + 9_000]]),
    )
    followed, other = tables.signals_table(signals, "UTC").rows(named=True)
    assert (followed["order_id"], other["order_id"], other["ordered_at"]) == (7, None, None)
    assert (followed["direction"], other["direction"]) == ("long", "short")
    assert (followed["strength"], followed["indicators"]) == (0.919, '{"momentum_bps": 12}')
    assert followed["ordered_at"] > followed["received_at"] >= followed["candle_at"]


def test_columns_are_the_schemas() -> None:
    """Every table has exactly the columns of schema.sql, in its order."""
    for made in batches(AgedPlan(orders=25, seed=1)):
        for name, frame in made.items():
            found = re.search(rf"CREATE TABLE {name} \((.*?)\n\);", SCHEMA, re.S)
            assert found is not None
            assert frame.columns == re.findall(r"^    (\w+) ", found[1], re.M)
