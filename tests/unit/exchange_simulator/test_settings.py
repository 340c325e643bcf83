"""Settings of an account: each is refused for its own reason and changes nothing then."""

from decimal import Decimal

import pytest

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.forced import deleverage, force_one_way
from exchange_simulator.model import ExecutionKind, MarginMode, PositionMode
from exchange_simulator.orders import place
from exchange_simulator.rules import Rules
from exchange_simulator.settings import (
    add_margin,
    set_auto_margin,
    set_leverage,
    set_margin_mode,
    switch_mode,
)
from tests.unit.exchange_simulator.builders import hedger, make_exchange, order

D = Decimal
FLAT = ["60000"] * 5
TWO = {"ETHUSDT": ["3000"] * 5}


def reason(action: object) -> Reason:
    """Why an action is refused."""
    with pytest.raises(Refusal) as caught:
        action()  # type: ignore[operator]
    return caught.value.reason


def test_a_mode_is_switched_symbol_by_symbol_or_for_all() -> None:
    """By coin, symbols with a position or an order keep theirs."""
    exchange = make_exchange(FLAT, more_symbols=TWO)
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.1", 1))
    switch_mode(exchange, account, symbol=None, mode=PositionMode.ONE_WAY)
    assert account.mode("BTCUSDT") is PositionMode.HEDGE
    assert account.mode("ETHUSDT") is PositionMode.ONE_WAY
    assert account.default_mode is PositionMode.ONE_WAY
    switch_mode(exchange, account, symbol="ETHUSDT", mode=PositionMode.HEDGE)
    assert account.mode("ETHUSDT") is PositionMode.HEDGE


def test_a_switch_of_mode_is_refused_for_its_reason() -> None:
    """Unchanged, a position, an order, or no such mode for the symbol."""
    exchange = make_exchange(FLAT, more_symbols=TWO, rules=Rules(one_way_symbols=("ETHUSDT",)))
    account = hedger(exchange)

    def switch(symbol: str, mode: PositionMode) -> object:
        return lambda: switch_mode(exchange, account, symbol=symbol, mode=mode)

    hedge, one_way = PositionMode.HEDGE, PositionMode.ONE_WAY
    assert account.mode("ETHUSDT") is one_way
    assert reason(switch("BTCUSDT", hedge)) is Reason.MODE_UNCHANGED
    assert reason(switch("ETHUSDT", hedge)) is Reason.ONE_WAY_ONLY
    place(exchange, account, order("Buy", "0.1", 1, "50000"))
    assert reason(switch("BTCUSDT", one_way)) is Reason.MODE_HAS_ORDERS
    place(exchange, account, order("Buy", "0.1", 1))
    assert reason(switch("BTCUSDT", one_way)) is Reason.MODE_HAS_POSITION


@pytest.mark.parametrize(
    ("long", "short", "wanted"),
    [
        ("10", "10", Reason.LEVERAGE_UNCHANGED),
        ("0.5", "0.5", Reason.LEVERAGE_OUT_OF_RANGE),
        ("101", "101", Reason.LEVERAGE_OUT_OF_RANGE),
        ("5", "6", Reason.BAD_PARAMETER),
    ],
)
def test_leverage_is_refused_for_its_reason(long: str, short: str, wanted: Reason) -> None:
    """And stays what it was."""
    exchange = make_exchange(FLAT)
    account = hedger(exchange)
    change = lambda: set_leverage(exchange, account, "BTCUSDT", D(long), D(short))  # noqa: E731
    assert reason(change) is wanted
    assert account.leverages == {}


def test_leverage_above_the_tier_of_a_held_leg_is_refused() -> None:
    """A large leg lies in a tier with less leverage."""
    exchange = make_exchange(FLAT)
    account = hedger(exchange, balance="10000000")
    place(exchange, account, order("Buy", "60", 1))
    change = lambda: set_leverage(exchange, account, "BTCUSDT", D(100), D(100))  # noqa: E731
    assert reason(change) is Reason.LEVERAGE_ABOVE_TIER


def test_leverage_changes_what_orders_hold() -> None:
    """A resting order holds less at twice the leverage."""
    exchange = make_exchange(FLAT)
    account = hedger(exchange)
    resting = place(exchange, account, order("Buy", "0.1", 1, "59000"))
    before = resting.margin_held
    set_leverage(exchange, account, "BTCUSDT", D(20), D(20))
    assert resting.margin_held < before
    assert account.order_margin == resting.margin_held


def test_margin_is_added_to_isolated_legs_only() -> None:
    """Not in cross margin, not to a flat leg, not more than there is."""
    exchange = make_exchange(FLAT)
    account = hedger(exchange)
    leg = exchange.leg(account, "BTCUSDT", 1)
    assert reason(lambda: add_margin(exchange, account, leg, D(10))) is Reason.NOT_ISOLATED
    set_margin_mode(exchange, account, MarginMode.ISOLATED)
    assert reason(lambda: add_margin(exchange, account, leg, D(10))) is Reason.ZERO_POSITION
    place(exchange, account, order("Buy", "0.1", 1))
    add_margin(exchange, account, leg, D(10))
    assert leg.extra_margin == 10
    lacking = Reason.INSUFFICIENT_MARGIN
    assert reason(lambda: add_margin(exchange, account, leg, D(200_000))) is lacking
    assert reason(lambda: add_margin(exchange, account, leg, D(-11))) is lacking
    add_margin(exchange, account, leg, D(-10))
    assert leg.extra_margin == 0


def test_automatic_margin_is_switched_once() -> None:
    """The same again is refused."""
    exchange = make_exchange(FLAT)
    account = hedger(exchange)
    set_margin_mode(exchange, account, MarginMode.ISOLATED)
    place(exchange, account, order("Buy", "0.1", 1))
    leg = account.legs[("BTCUSDT", 1)]
    set_auto_margin(exchange, account, leg, on=True)
    again = lambda: set_auto_margin(exchange, account, leg, on=True)  # noqa: E731
    assert reason(again) is Reason.MARGIN_UNCHANGED


def test_the_accounts_margin_mode_is_switched_while_it_is_flat() -> None:
    """Orders block it as positions do."""
    exchange = make_exchange(FLAT)
    account = hedger(exchange)
    same = lambda: set_margin_mode(exchange, account, MarginMode.CROSS)  # noqa: E731
    assert reason(same) is Reason.MARGIN_MODE_UNCHANGED
    place(exchange, account, order("Buy", "0.1", 1, "50000"))
    other = lambda: set_margin_mode(exchange, account, MarginMode.ISOLATED)  # noqa: E731
    assert reason(other) is Reason.MARGIN_MODE_BLOCKED


@pytest.mark.parametrize(("part", "left"), [("1", "0"), ("0.5", "0.15"), ("0.001", "0.3")])
def test_deleveraging_closes_a_part_at_the_mark(part: str, left: str) -> None:
    """A part below one step closes nothing."""
    exchange = make_exchange(FLAT)
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.3", 1))
    leg = account.legs[("BTCUSDT", 1)]
    closed = deleverage(exchange, account, leg, D(part))
    assert leg.qty == D(left)
    assert closed is (part != "0.001")
    if closed:
        fill = account.executions[-1]
        assert (fill.kind, fill.price) == (ExecutionKind.ADL, exchange.market("BTCUSDT").mark)


@pytest.mark.parametrize(("by_symbol", "switched"), [(True, ["ETHUSDT"]), (False, [])])
def test_a_forced_mode_takes_flat_symbols_or_a_flat_account(
    by_symbol: bool, switched: list[str]
) -> None:
    """Where the mode is the account's, one position keeps it whole."""
    exchange = make_exchange(FLAT, more_symbols=TWO, rules=Rules(modes_by_symbol=by_symbol))
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.1", 1))
    assert force_one_way(exchange, account) == switched
    assert account.default_mode is PositionMode.HEDGE
    place(exchange, account, order("Sell", "0.1", 1))
    assert "BTCUSDT" in force_one_way(exchange, account)
    wanted = PositionMode.HEDGE if by_symbol else PositionMode.ONE_WAY
    assert account.default_mode is wanted
