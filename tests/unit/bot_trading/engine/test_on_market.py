"""What the core does with candles and prices."""

from __future__ import annotations

from bot_trading.domain.market import Candle
from bot_trading.domain.messages import LoadCandles, SubmitOrder
from bot_trading.domain.reports import CandleClosed, CandleHistory, QuoteSeen
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    BTC,
    NOW_US,
    a_candle,
    a_core_config,
    a_momentum_spec,
    a_quote,
    a_ready_state,
    commands_of,
    d,
    steps,
)

_MINUTE_US = 60_000_000


def _candle(minute: int, close: str = "50000", **changes: object) -> Candle:
    return a_candle(NOW_US + minute * _MINUTE_US, close, **changes)


def _closed(candle: Candle) -> CandleClosed:
    return CandleClosed(candle=candle, ts_init_us=NOW_US)


def _history(*candles: Candle) -> CandleHistory:
    return CandleHistory(instrument_id=BTC, candles=candles, ts_init_us=NOW_US)


def _trading() -> EngineState:
    """A ready core with the momentum rule and three candles of history."""
    state = a_ready_state(a_core_config(momentum=a_momentum_spec()))
    steps(state, _history(*(_candle(n) for n in range(3))))
    return state


def test_a_candle_that_moves_enough_becomes_an_order() -> None:
    """The strategy is fed, and its signal followed in the same turn."""
    assert len(commands_of(steps(_trading(), _closed(_candle(3, "50100"))), SubmitOrder)) == 1


def test_the_same_candle_again_is_nothing_new() -> None:
    """Duplicated and late candles change nothing."""
    state = _trading()
    steps(state, _closed(_candle(3, "50100")))
    assert steps(state, _closed(_candle(3, "50100")), _closed(_candle(2, "40000"))) == []


def test_a_gap_asks_for_what_is_missing() -> None:
    """Once a second, and no signal comes from across it."""
    state = _trading()
    commands = steps(state, _closed(_candle(5, "60000")), _closed(_candle(6, "70000")))
    assert commands_of(commands, SubmitOrder) == []
    [ask] = commands_of(commands, LoadCandles)
    assert (ask.instrument_id, ask.interval_s, ask.limit) == (BTC, 60, 10)


def test_before_any_history_a_candle_asks_for_it() -> None:
    """A strategy that has seen nothing has no opinion."""
    state = a_ready_state(a_core_config(momentum=a_momentum_spec()))
    commands = steps(state, _closed(_candle(0)))
    assert len(commands_of(commands, LoadCandles)) == 1


def test_history_makes_no_orders() -> None:
    """What moved in the past is not followed now."""
    candles = [_candle(n, str(50_000 + 100 * n)) for n in range(8)]
    state = a_ready_state(a_core_config(momentum=a_momentum_spec()))
    assert steps(state, _history(*candles)) == []
    assert state.last_open_us[BTC] == NOW_US + 7 * _MINUTE_US


def test_history_with_a_gap_starts_after_it() -> None:
    """A move is never measured across missing candles."""
    state = a_ready_state(a_core_config(momentum=a_momentum_spec()))
    steps(state, _history(_candle(0, "40000"), _candle(1, "40000"), _candle(5), _candle(6)))
    assert list(state.windows[BTC].closes) == [d(50000), d(50000)]


def test_an_impossible_candle_is_dropped_and_counted() -> None:
    """It says why."""
    state = _trading()
    commands = steps(state, _closed(_candle(3, low=d(0))))
    assert "impossible" in commands[0].text  # type: ignore[union-attr]
    assert state.counters["impossible_candles"] == 1
    assert state.last_open_us[BTC] == NOW_US + 2 * _MINUTE_US


def test_an_empty_history_changes_nothing() -> None:
    """It is told, and asked for again."""
    state = a_ready_state()
    assert "0 usable" in steps(state, _history())[0].text  # type: ignore[union-attr]
    assert BTC not in state.last_open_us


def test_an_older_quote_does_not_replace_a_newer_one() -> None:
    """An equally old one does, since exchanges stamp in milliseconds."""
    state = a_ready_state()
    late = a_quote("1", ts_event_us=NOW_US - 1)
    same = a_quote("50001", ts_event_us=NOW_US)
    steps(state, QuoteSeen(quote=late))
    assert state.quotes[BTC].last == 50_000
    assert state.counters["late_quotes"] == 1
    steps(state, QuoteSeen(quote=same))
    assert state.quotes[BTC].last == 50_001
