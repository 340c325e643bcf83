"""The core as one value that others may read."""

from __future__ import annotations

from bot_trading.domain.messages import StreamDown, TimePassed
from bot_trading.domain.reports import QuoteSeen
from bot_trading.domain.returns import GroupsEstimated, ReturnHistory, ReturnsRead
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


def test_the_present_book_is_told_with_what_it_rests_on() -> None:
    """A long leg of 500 at its worst hour, and on 12 March 2020; before returns are read, by the
    worst fall on record."""
    state = a_ready_state()
    steps(state, a_fill_report(), a_leg_report(), TimePassed(ts_init_us=NOW_US))
    book = report_status(state).book
    assert book is not None
    assert (book.value_at_risk, book.is_measured, book.returns) == (d("292.5"), False, 0)
    history = ReturnHistory(
        period_s=3600,
        horizon_s=3600,
        until_us=NOW_US,
        returns={"BTCUSDT": (d("-0.02"), *[d(0)] * 99)},
        missing={},
    )
    groups = (frozenset({"B", "A"}), frozenset({"BTCUSDT"}))
    steps(
        state,
        ReturnsRead(history=history, ts_init_us=NOW_US),
        GroupsEstimated(groups=groups, until_us=NOW_US, ts_init_us=NOW_US + 3_000_000),
    )
    book = report_status(state).book
    assert book is not None
    assert (book.value_at_risk, book.expected_shortfall, book.is_measured) == (10, 10, True)
    assert (book.returns, book.period_s, book.until_us, book.age_s) == (100, 3600, NOW_US, 3)
    assert book.stress["2020-03-12 March 2020"] == 226
    assert len(book.stress) == 7
    assert book.groups == (("A", "B"), ("BTCUSDT",))
