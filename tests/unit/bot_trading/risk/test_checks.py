"""Each control just below, at and just above its limit."""

from __future__ import annotations

from typing import Any

import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.order import OrderSide, OrderType
from bot_trading.risk import checks
from tests.builders.core import SHORT, a_view, an_instrument, an_intent, d, risk_limits


def _control(name: str, intent: dict[str, Any], view: dict[str, Any]) -> checks.Denial | None:
    control = getattr(checks, name)
    found: checks.Denial | None = control(an_intent(**intent), a_view(**view), risk_limits())
    return found


@pytest.mark.parametrize(
    ("name", "intent", "view", "refused_as"),
    [
        ("trading_state", {}, {"trading_state": TradingState.ACTIVE}, None),
        ("trading_state", {}, {"trading_state": TradingState.REDUCING}, "trading_state"),
        ("trading_state", {}, {"trading_state": TradingState.HALTED}, "trading_state"),
        ("readiness", {}, {"not_ready": ""}, None),
        ("readiness", {}, {"not_ready": "legs differ"}, "exchange_ready"),
        ("store", {}, {"is_store_up": True}, None),
        ("store", {}, {"is_store_up": False}, "store_up"),
        ("duplicate", {}, {"is_known_id": False}, None),
        ("duplicate", {}, {"is_known_id": True}, "duplicate_order"),
        ("stale_price", {}, {"quote_age_ms": 14_999}, None),
        ("stale_price", {}, {"quote_age_ms": 15_000}, None),
        ("stale_price", {}, {"quote_age_ms": 15_001}, "price_age_max_ms"),
        ("stale_price", {}, {"quote_age_ms": None}, "price_age_max_ms"),
        ("daily_loss", {}, {"daily_loss": d("499.99")}, None),
        ("daily_loss", {}, {"daily_loss": d("500")}, "daily_loss_max_usdt"),
        ("daily_loss", {}, {"daily_loss": d("500.01")}, "daily_loss_max_usdt"),
        ("protection", {"stop_loss": None}, {}, "stop_loss"),
        ("protection", {"stop_loss": d("49999.9")}, {}, None),
        ("protection", {"stop_loss": d("50000")}, {}, "stop_loss_side"),
        ("protection", {"stop_loss": d("50000.1")}, {}, "stop_loss_side"),
        ("protection", {"take_profit": d("50000.1")}, {}, None),
        ("protection", {"take_profit": d("50000")}, {}, "take_profit_side"),
        ("protection", {"take_profit": None}, {}, None),
    ],
)
def test_a_guard_lets_pass_or_names_itself(
    name: str, intent: dict[str, Any], view: dict[str, Any], refused_as: str | None
) -> None:
    """None, or a denial whose control is the guard's own."""
    denial = _control(name, intent, view)
    assert (denial.control if denial else None) == refused_as


@pytest.mark.parametrize(("px", "is_denied"), [("50000.1", False), ("50000", True), ("1", True)])
def test_the_stop_of_a_short_leg_lies_above_its_price(px: str, is_denied: bool) -> None:
    """Its losing side is the other one."""
    denial = _control(
        "protection",
        {"leg_id": SHORT, "side": OrderSide.SELL, "stop_loss": d(px), "take_profit": d(1)},
        {},
    )
    assert (denial is not None) is is_denied


@pytest.mark.parametrize(
    ("quantity", "is_denied"), [("0.039", False), ("0.040", False), ("0.041", True)]
)
def test_an_order_may_reach_its_value_limit_and_not_pass_it(quantity: str, is_denied: bool) -> None:
    """0.040 BTC at 50000 are exactly 2000."""
    denial = _control("order_value", {"quantity": d(quantity)}, {})
    assert (denial is not None) is is_denied
    if denial:
        assert (denial.measured, denial.limit) == ("2050", "2000")


@pytest.mark.parametrize("part", ["leg_notional", "leg_reserved"])
@pytest.mark.parametrize(
    ("taken", "is_denied"), [("3499.99", False), ("3500", False), ("3500.01", True)]
)
def test_leg_exposure_counts_what_is_open_and_what_is_in_flight(
    part: str, taken: str, is_denied: bool
) -> None:
    """An order of 500 fits while at most 3500 of 4000 are taken, however they are taken."""
    assert (_control("leg_exposure", {}, {part: d(taken)}) is not None) is is_denied


@pytest.mark.parametrize("part", ["total_notional", "total_reserved"])
@pytest.mark.parametrize(
    ("taken", "is_denied"), [("5499.99", False), ("5500", False), ("5500.01", True)]
)
def test_total_exposure_counts_what_is_open_and_what_is_in_flight(
    part: str, taken: str, is_denied: bool
) -> None:
    """An order of 500 fits while at most 5500 of 6000 are taken."""
    assert (_control("total_exposure", {}, {part: d(taken)}) is not None) is is_denied


@pytest.mark.parametrize(
    ("closes", "in_flight", "is_denied"),
    [("0.009", "0", False), ("0.010", "0", False), ("0.011", "0", True), ("0.005", "0.006", True)],
)
def test_exits_together_never_close_more_than_is_held(
    closes: str, in_flight: str, is_denied: bool
) -> None:
    """What other exits already close counts, for a leg of 0.010."""
    exits = {
        "side": OrderSide.SELL,
        "reduce_only": True,
        "quantity": d(closes),
    }
    view = {"open_qty": d("0.010"), "closing_qty": d(in_flight)}
    assert (_control("exit_quantity", exits, view) is not None) is is_denied


@pytest.mark.parametrize(
    ("intent", "rules", "refused_as"),
    [
        ({}, {"is_trading": False}, "instrument_trading"),
        ({"quantity": d("99.999")}, {}, None),
        ({"quantity": d("100")}, {}, None),
        ({"quantity": d("100.001")}, {}, "order_quantity_max"),
        ({"quantity": d("100.001"), "order_type": OrderType.LIMIT}, {}, None),
        ({"quantity": d("1000.001"), "order_type": OrderType.LIMIT}, {}, "order_quantity_max"),
        ({"quantity": d("0.0105")}, {}, "quantity_step"),
        ({"price": d("50000.1")}, {}, None),
        ({"price": d("50000.15")}, {}, "price_tick"),
    ],
)
def test_orders_keep_to_the_instruments_rules(
    intent: dict[str, Any], rules: dict[str, Any], refused_as: str | None
) -> None:
    """Steps and maximums, the maximum of a market order being its own."""
    denial = _control("instrument_rules", intent, {"instrument": an_instrument(**rules)})
    assert (denial.control if denial else None) == refused_as


@pytest.mark.parametrize(("held", "is_denied"), [("0.0105", False), ("0.0205", True)])
def test_only_an_exit_of_all_may_lie_off_the_step(held: str, is_denied: bool) -> None:
    """It names no quantity to the exchange, so that the step binds nothing."""
    whole = {
        "side": OrderSide.SELL,
        "reduce_only": True,
        "closes_all": True,
        "quantity": d("0.0105"),
    }
    denial = _control("instrument_rules", whole, {"open_qty": d(held)})
    assert (denial is not None) is is_denied


@pytest.mark.parametrize(
    ("quantity", "px", "refused_as"),
    [
        ("0.001", "5000", None),
        ("0.001", "4999.9", "order_notional_min"),
        ("0.001", "5000.1", None),
        ("0.0009", "50000", "order_quantity_min"),
    ],
)
def test_an_entry_reaches_the_exchanges_minimums(
    quantity: str, px: str, refused_as: str | None
) -> None:
    """5 USDT and one step here; what the exchange would refuse as too small is not sent."""
    denial = _control("order_minimums", {"quantity": d(quantity), "reference_px": d(px)}, {})
    assert (denial.control if denial else None) == refused_as


def test_every_control_is_in_force() -> None:
    """A control that exists and is in no list would protect nobody."""
    functions = {
        name
        for name, value in vars(checks).items()
        if callable(value)
        and getattr(value, "__module__", "") == checks.__name__
        and not isinstance(value, type)
        and not name.startswith("_")
    }
    listed = {each.__name__ for each in (*checks.ENTRY_CONTROLS, *checks.EVERY_ORDER_CONTROLS)}
    assert functions == listed
