"""What a fill writes: the order, the wallet, the log, the executions, and the closed P&L."""

from decimal import Decimal

import pytest

from exchange_simulator.fills import end_order, fit_closing_orders, fit_stops, stop_orders
from exchange_simulator.forced import deleverage, force_one_way
from exchange_simulator.model import (
    CancelCause,
    CreateCause,
    ExecutionKind,
    PositionMode,
    Status,
)
from exchange_simulator.orders import place
from exchange_simulator.rules import Rules
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal


def test_the_log_explains_each_step_of_the_wallet() -> None:
    """change = cash flow - fee, and each row's balance is the one before plus its change."""
    exchange = make_exchange(["60000", "60000", "60300", "60300"])
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.3", 1))
    go(exchange, 2.1)
    for qty in ("0.1", "0.15", "0.05"):
        place(exchange, account, order("Sell", qty, 1, reduce_only=True))
    balance = account.deposited
    for row in account.log:
        assert row.change == row.cash_flow - row.fee
        balance += row.change
        assert row.balance == balance
    assert balance == account.wallet
    assert [row.size for row in account.log] == [D("0.3"), D("0.2"), D("0.05"), D("0")]


@pytest.mark.parametrize(("maker", "taker"), [("0.0002", "0.00055"), ("0", "0.001")])
def test_fees_follow_the_rules(maker: str, taker: str) -> None:
    """A resting order pays the maker rate, a taking one the taker rate."""
    rules = Rules(maker_rate=D(maker), taker_rate=D(taker))
    exchange = make_exchange(["60000", "60000", "59000", "59000"], rules=rules)
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.1", 1))
    place(exchange, account, order("Buy", "0.1", 1, "59500"))
    go(exchange, 2.1)
    taken, made = account.executions
    assert (taken.fee_rate, made.fee_rate) == (D(taker), D(maker))
    assert made.fee == (made.value * D(maker)).quantize(D("1e-8"))
    assert account.fees_paid == taken.fee + made.fee


def test_several_fills_of_an_order_make_one_closed_pnl_row() -> None:
    """The row counts the fills and averages their prices."""
    exchange = make_exchange(["60000"] * 4)
    account = hedger(exchange, "10000000")
    place(exchange, account, order("Buy", "300", 1))
    done = place(exchange, account, order("Sell", "300", 1, reduce_only=True))
    row = account.closed_pnl[done.order_id]
    closing = [fill for fill in account.executions if fill.order_id == done.order_id]
    assert row.fills == len(closing) > 1
    assert row.exit_value == sum(fill.value for fill in closing)
    assert row.entry_value == sum(f.value for f in account.executions if f not in closing)
    assert row.pnl == account.wallet - account.deposited


def test_an_ended_order_leaves_every_book() -> None:
    """It no longer rests, waits, or holds margin, and is found among the closed."""
    exchange = make_exchange(["60000"] * 4)
    account = hedger(exchange)
    resting = place(exchange, account, order("Buy", "0.1", 1, "59000"))
    request = order("Buy", "0.1", 1, trigger_price=D(61000), trigger_rises=True)
    waiting = place(exchange, account, request)
    for ended in (resting, waiting):
        end_order(exchange, ended, cause=CancelCause.BY_ADMIN)
    assert (resting.status, waiting.status) == (Status.CANCELED, Status.DEACTIVATED)
    assert len(exchange.books["BTCUSDT"]) == 0
    assert exchange.triggers["BTCUSDT"] == {}
    assert account.order_margin == 0
    assert list(account.closed_orders) == [resting.order_id, waiting.order_id]


def test_fitting_a_leg_that_did_not_shrink_changes_nothing() -> None:
    """Orders and stops that fit stay as they are."""
    exchange = make_exchange(["60000"] * 4)
    account = hedger(exchange)
    request = order("Buy", "0.2", 1, take_profit=D(65000), stop_loss=D(55000))
    place(exchange, account, request)
    leg = account.legs[("BTCUSDT", 1)]
    step = place(exchange, account, order("Sell", "0.2", 1, "62000", reduce_only=True))
    before = [(row.order_id, row.qty) for row in stop_orders(account, leg)]
    fit_closing_orders(exchange, account, leg)
    fit_stops(exchange, account, leg)
    assert [(row.order_id, row.qty) for row in stop_orders(account, leg)] == before
    assert step.leaves == D("0.2")


def test_deleveraging_is_an_adl_trade_at_the_mark() -> None:
    """Half of the leg goes, its fee is the taker's, and the cause says who did it."""
    exchange = make_exchange(["60000"] * 4)
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.2", 1))
    leg = account.legs[("BTCUSDT", 1)]
    assert deleverage(exchange, account, leg, D("0.5"))
    fill = account.executions[-1]
    assert (fill.kind, fill.create_cause) == (ExecutionKind.ADL, CreateCause.DELEVERAGING)
    assert (fill.qty, leg.qty) == (D("0.1"), D("0.1"))
    assert deleverage(exchange, account, leg, D(1))
    assert not deleverage(exchange, account, leg, D(1))


def test_only_flat_symbols_can_be_forced_to_one_way() -> None:
    """A symbol with a leg keeps its mode."""
    exchange = make_exchange(["60000"] * 4, more_symbols={"ETHUSDT": ["3000"] * 4})
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.2", 1))
    assert force_one_way(exchange, account) == ["ETHUSDT"]
    assert account.mode("BTCUSDT") is PositionMode.HEDGE
    assert account.mode("ETHUSDT") is PositionMode.ONE_WAY
