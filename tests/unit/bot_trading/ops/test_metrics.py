"""Metrics from one look at a core."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from bot_trading.domain.account import TradingState
from bot_trading.domain.status import CoreStatus
from bot_trading.engine.report import report_status
from bot_trading.ops.metrics import render_metrics
from tests.builders.core import a_fill_report, a_leg_report, a_ready_state, steps

_LEG = {"account": "test", "exchange": "bybit", "symbol": "BTCUSDT", "position_idx": "1"}


def _status(*events: object) -> CoreStatus:
    state = a_ready_state()
    steps(state, *events)  # type: ignore[arg-type]
    return report_status(state)


def _values(status: CoreStatus) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = render_metrics([(status, 1.5)]).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _value(status: CoreStatus, name: str, **labels: str) -> float:
    return _values(status)[name, frozenset(labels.items())]


def test_a_ready_core_says_so() -> None:
    """Age, trading, readiness, store and money."""
    status = _status()
    assert _value(status, "bot_heartbeat_age_seconds", account="test") == 1.5
    assert _value(status, "bot_trading_active", account="test") == 1
    assert _value(status, "bot_exchange_ready", account="test", exchange="bybit") == 1
    assert _value(status, "bot_store_up", account="test") == 1
    assert _value(status, "bot_equity_usdt", account="test", exchange="bybit") == 10_000


def test_what_is_wrong_is_zero() -> None:
    """Halted, not ready, no store."""
    status = replace(
        _status(),
        trading_state=TradingState.HALTED,
        is_store_up=False,
        not_ready={"bybit": "stream is down"},
    )
    assert _value(status, "bot_trading_active", account="test") == 0
    assert _value(status, "bot_exchange_ready", account="test", exchange="bybit") == 0
    assert _value(status, "bot_store_up", account="test") == 0


def test_an_open_leg_without_a_stop_raises_a_flag() -> None:
    """It falls once the exchange confirmed the stop."""
    assert _value(_status(a_fill_report()), "bot_leg_unprotected", **_LEG) == 1
    assert _value(_status(a_fill_report(), a_leg_report()), "bot_leg_unprotected", **_LEG) == 0
    assert _value(_status(a_fill_report()), "bot_leg_quantity", **_LEG) == 0.01


def test_the_book_is_told_where_the_core_tells_it() -> None:
    """Figures and stress days; a core of an earlier version has none."""
    status = _status(a_fill_report())
    day = "2020-03-12 March 2020"
    assert _value(status, "bot_stress_loss_usdt", account="test", day=day) == 226
    assert _value(status, "bot_value_at_risk_usdt", account="test") == 0
    assert _value(status, "bot_expected_shortfall_usdt", account="test") == 0
    names = {name for name, _ in _values(replace(status, book=None))}
    assert "bot_value_at_risk_usdt" not in names


def test_without_a_core_there_is_nothing_to_say() -> None:
    """The names stay, so that a dashboard finds them."""
    assert b"bot_store_up" in render_metrics([])
