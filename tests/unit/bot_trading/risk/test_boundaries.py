"""Every control with a number: just below its limit, at it, and just above it."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot_trading.risk import checks
from bot_trading.risk.limits import RiskLimits
from tests.builders.core import a_view, an_intent, d, risk_limits

# Limits that an order of 0.010 BTC at 50000 meets exactly with the values below.
LIMITS = risk_limits(
    order_quantity_max={"BTCUSDT": d("0.010")},
    price_collar_bps=d(100),
    price_move_collar_bps=d(200),
    messages_per_second_max=10,
    identical_orders_max=3,
    executions_max=5,
    drawdown_max_ratio=d("0.1"),
    weekly_loss_max_usdt=d(900),
    consecutive_losses_max=4,
    signal_age_max_s=60,
    equity_age_max_s=900,
    spread_max_bps=d(20),
    depth_min_ratio=d("0.5"),
    model_age_max_s=3600,
    estimated_group_exposure_max_usdt=d(5300),
    value_at_risk_max_usdt=d(90),
    expected_shortfall_max_usdt=d(120),
    flash_crash_percent=d(3),
    funding_pause_s=30,
    leverage_max=d(2),
    free_margin_min_ratio=d("0.2"),
    liquidation_distance_min_ratio=d("0.24"),
    position_exposure_max_usdt=d(5000),
    symbol_exposure_max_usdt=d(5100),
    exchange_exposure_max_usdt=d(5400),
    group_exposure_max_usdt=d(5200),
)
# Control, what is measured, and a value just inside, exactly at, and just outside the limit.
CASES: list[tuple[str, str, list[Any], list[bool]]] = [
    ("order_size", "quantity", ["0.009", "0.010", "0.011"], [True, True, False]),
    ("price_collar", "mark_px", ["50500", "49505", "49504"], [True, True, False]),
    ("price_move_collar", "mean_px", ["51000", "49020", "49019"], [True, True, False]),
    ("message_rate", "messages_last_second", [8, 9, 10], [True, True, False]),
    ("identical_orders", "identical_orders", [1, 2, 3], [True, True, False]),
    ("executions", "executions", [3, 4, 5], [True, True, False]),
    ("drawdown", "drawdown_ratio", ["0.0999", "0.1", "0.1001"], [True, False, False]),
    ("weekly_loss", "weekly_loss", ["899.99", "900", "900.01"], [True, False, False]),
    ("consecutive_losses", "consecutive_losses", [3, 4, 5], [True, False, False]),
    ("stale_signal", "signal_age_s", [59, 60, 61], [True, True, False]),
    ("stale_equity", "equity_age_s", [899, 900, 901], [True, True, False]),
    ("spread", "spread_bps", ["19.9", "20", "20.1"], [True, True, False]),
    ("depth", "depth_qty", ["0.006", "0.005", "0.004"], [True, True, False]),
    ("stale_model", "model_age_s", [3599, 3600, 3601], [True, True, False]),
    ("flash_crash", "move_percent", ["2.99", "3", "3.01"], [True, True, False]),
    ("funding_due", "funding_due_s", [31, 30, 29], [True, True, False]),
    ("leverage", "total_notional", ["19499", "19500", "19501"], [True, True, False]),
    ("leverage", "total_reserved", ["19499", "19500", "19501"], [True, True, False]),
    ("free_margin", "free_margin", ["2501", "2500", "2499"], [True, True, False]),
    ("liquidation", "same_side_notional", ["39499", "39500", "39501"], [True, True, False]),
    ("liquidation", "liquidation_px", ["37999", "38000", "38001"], [True, True, False]),
    ("position_exposure", "position_notional", ["4499", "4500", "4501"], [True, True, False]),
    ("symbol_exposure", "symbol_notional", ["4599", "4600", "4601"], [True, True, False]),
    ("exchange_exposure", "exchange_notional", ["4899", "4900", "4901"], [True, True, False]),
    ("group_exposure", "group_notional", ["4699", "4700", "4701"], [True, True, False]),
    ("estimated_group", "estimated_group_notional", ["4799", "4800", "4801"], [True, True, False]),
    ("value_at_risk", "value_at_risk", ["89.9", "90", "90.1"], [True, True, False]),
    ("value_at_risk", "order_risk_ratio", ["0.179", "0.18", "0.181"], [True, True, False]),
    ("expected_shortfall", "expected_shortfall", ["119", "120", "121"], [True, True, False]),
    ("expected_shortfall", "order_shortfall_ratio", ["0.23", "0.24", "0.25"], [True, True, False]),
]


def _value(value: Any) -> Any:
    return d(value) if isinstance(value, str) else value


@pytest.mark.parametrize(("control", "measured", "values", "passes"), CASES)
def test_a_limit_binds_exactly_where_it_says(
    control: str, measured: str, values: list[Any], passes: list[bool]
) -> None:
    """A denial names its control, what it measured, and its limit."""
    for value, is_allowed in zip(values, passes, strict=True):
        intent = an_intent()
        view = a_view()
        if measured == "quantity":
            intent = an_intent(quantity=_value(value))
        else:
            view = a_view(**{measured: _value(value)})
        denial = getattr(checks, control)(intent, view, LIMITS)
        assert (denial is None) is is_allowed, (value, denial)
        if denial is not None:
            assert Decimal(denial.measured) is not None
            assert denial.limit
            assert denial.control in {*dir(LIMITS)}


@pytest.mark.parametrize(
    ("control", "measured"),
    [
        ("price_collar", "mark_px"),
        ("price_move_collar", "mean_px"),
        ("flash_crash", "move_percent"),
        ("spread", "spread_bps"),
        ("depth", "depth_qty"),
        ("leverage", "equity"),
        ("free_margin", "free_margin"),
        ("free_margin", "exchange_equity"),
        ("liquidation", "exchange_equity"),
        ("stale_signal", "signal_age_s"),
        ("stale_equity", "equity_age_s"),
        ("funding_due", "funding_due_s"),
    ],
)
def test_what_cannot_be_measured_lets_nothing_pass(control: str, measured: str) -> None:
    """Unknown is no plausible value."""
    assert getattr(checks, control)(an_intent(), a_view(**{measured: None}), LIMITS) is not None


def test_equity_that_is_gone_lets_nothing_pass() -> None:
    """Zero and below divide nothing."""
    for equity in (d(0), d(-5)):
        view = a_view(equity=equity, exchange_equity=equity)
        for control in (checks.leverage, checks.free_margin, checks.liquidation):
            assert control(an_intent(), view, LIMITS) is not None


def test_a_symbol_without_a_largest_quantity_is_not_traded() -> None:
    """It cannot be loaded so, and were it, nothing would leave."""
    limits = replace(LIMITS, order_quantity_max={"ETHUSDT": d(1)})
    denial = checks.order_size(an_intent(), a_view(), limits)
    assert denial is not None
    assert "BTCUSDT" in denial.measured


def test_an_order_without_an_opinion_has_no_opinion_to_be_stale() -> None:
    """A person's order is as fresh as the person."""
    view = a_view(signal_age_s=None)
    assert checks.stale_signal(an_intent(signal_id=None), view, LIMITS) is None


def test_every_control_that_measures_a_number_is_driven_here_or_beside() -> None:
    """A control in force without a boundary test would be a promise."""
    beside = {
        *("trading_state", "readiness", "store", "order_minimums", "protection", "stale_price"),
        *("daily_loss", "order_value", "leg_exposure", "total_exposure"),
    }
    driven = {case[0] for case in CASES}
    assert driven | beside == {control.__name__ for control in checks.ENTRY_CONTROLS}


def test_a_value_typed_as_a_quantity_goes_nowhere() -> None:
    """Nordic flash crash, 2 May 2022: 58 million of value were typed as a quantity; here a coin
    that costs a cent, where the value alone would not look wrong."""
    typed = an_intent(quantity=d(58_000), reference_px=d("0.01"))
    assert checks.order_value(typed, a_view(), LIMITS) is None
    denial = checks.order_size(typed, a_view(), LIMITS)
    assert denial is not None
    assert (denial.measured, denial.limit) == ("58000", "0.010")


def test_the_page_names_every_control_and_its_limits() -> None:
    """An auditor finds each control, and each limit of the configuration, in docs/risk.md."""
    page = (Path(__file__).resolve().parents[4] / "docs/risk.md").read_text("utf-8")
    controls = {each.__name__ for each in (*checks.ENTRY_CONTROLS, *checks.EVERY_ORDER_CONTROLS)}
    assert {name for name in controls if f"`{name}`" not in page} == set()
    limits = {field.name for field in fields(RiskLimits)}
    assert {name for name in limits if name not in page and not _is_exposure(name)} == set()


def _is_exposure(name: str) -> bool:
    """Exposure limits stand in the page as a family."""
    return name.endswith("_exposure_max_usdt")
