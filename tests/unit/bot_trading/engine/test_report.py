"""The core as one value that others may read."""

from __future__ import annotations

from bot_trading.domain.messages import StreamDown
from bot_trading.domain.reports import QuoteSeen
from bot_trading.engine.report import report_status
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    NOW_US,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_quote,
    a_ready_state,
    d,
    steps,
)
from tests.builders.two_exchanges import two_ready


def test_a_core_that_has_seen_nothing_says_so() -> None:
    """No price is made up, no leg listed."""
    status = report_status(EngineState(config=a_core_config()))
    assert status.instruments[0].last is None
    assert status.legs == ()
    assert status.market_us == 0


def test_a_held_leg_is_shown_with_what_rests_and_what_it_is_worth() -> None:
    """Valued at mark, with the stop that the exchange confirmed."""
    state = a_ready_state()
    steps(state, a_fill_report(), a_leg_report(), QuoteSeen(quote=a_quote(mark=d("50100"))))
    [leg] = report_status(state).legs
    assert (leg.quantity, leg.stop_loss, leg.unrealized_pnl) == (d("0.010"), d("49700"), 1)


def test_readiness_is_told_per_exchange() -> None:
    """Empty when it may take new risk."""
    assert report_status(a_ready_state()).not_ready == {"bybit": ""}


def test_an_equity_that_is_not_known_now_is_named() -> None:
    """Never told, or its exchange is out of sight; a sum without it is no whole."""
    unknown = report_status(EngineState(config=a_core_config()))
    assert unknown.equity_missing == {"bybit": "no balance was told yet"}
    state = two_ready()
    assert report_status(state).equity_missing == {}
    steps(state, StreamDown(exchange="binance", reason="gone", ts_init_us=NOW_US))
    status = report_status(state)
    assert status.equity_missing == {"binance": "stream is down: gone"}
    assert status.equity == {"bybit": 10_000, "binance": 10_000}
    assert status.entry_exchange == "bybit"
