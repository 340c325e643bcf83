"""v2's indicators and its momentum rule, against plain arithmetic and against v3's rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.strategy.momentum import MomentumSpec, MomentumWindow, on_candle
from legacy_v2.signals import SHOWN, SignalGenerator, add_indicators

NOW = datetime(2026, 1, 5)  # noqa: DTZ001 (v2's times are naive)
INTERVAL_S = 60
LOOKBACK, THRESHOLD_BPS, COOL_DOWN = 5, 12, 3


def _frame(closes: list[float]) -> pd.DataFrame:
    """Candles whose highs and lows lie one apart from their closes."""
    close = pd.Series(closes, dtype=float)
    open_ms = pd.Series(range(len(closes)), dtype=float) * INTERVAL_S * 1_000
    return pd.DataFrame(
        {
            "open_ms": open_ms,
            "open": close,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": 1.0,
            "turnover": close,
            "close_ms": open_ms + INTERVAL_S * 1_000,
        }
    )


def _generator(cool_down: int = COOL_DOWN) -> SignalGenerator:
    return SignalGenerator(LOOKBACK, THRESHOLD_BPS, cool_down, INTERVAL_S)


def _spoken(closes: list[float], history: int) -> list[tuple[int, str]]:
    """Index and direction of v2's signals when candles after `history` arrive one by one."""
    generator, found = _generator(), []
    generator.warm_up("BTCUSDT", _frame(closes[:history]))
    for count in range(history + 1, len(closes) + 1):
        signal = generator.generate("BTCUSDT", _frame(closes[:count]), NOW)
        if signal is not None:
            found.append((count - 1, signal.direction))
    return found


def _spoken_by_v3(closes: list[int], history: int) -> list[tuple[int, str]]:
    spec = MomentumSpec(
        lookback=LOOKBACK,
        threshold_bps=Decimal(THRESHOLD_BPS),
        cool_down=COOL_DOWN,
        confidence_ratio=Decimal("0.5"),
        horizon_s=900,
    )
    window, found = MomentumWindow.empty(spec), []
    for index, close in enumerate(closes):
        price = Decimal(close)
        candle = Candle(
            instrument_id=InstrumentId("bybit", "BTCUSDT"),
            interval_s=INTERVAL_S,
            open_us=index * INTERVAL_S * 1_000_000,
            open=price,
            high=price,
            low=price,
            close=price,
            volume=Decimal(1),
        )
        signal = on_candle(window, spec, candle)
        if signal is not None and index >= history:
            found.append((index, signal.direction.lower()))
    return found


@given(
    moves=st.lists(st.sampled_from([-31, -13, -7, -1, 0, 0, 0, 1, 7, 13, 31]), max_size=60),
    history=st.integers(1, 12),
)
@settings(max_examples=60, deadline=None)
def test_v2_and_v3_follow_the_same_rule(moves: list[int], history: int) -> None:
    """On any candles the pandas rule speaks where v3's rule speaks, and in its direction."""
    closes = [60_001]
    for move in moves:
        closes.append(closes[-1] + move * 6)
    closes = [closes[0]] * 12 + closes
    assert _spoken([float(close) for close in closes], history) == _spoken_by_v3(closes, history)


def test_a_pause_follows_each_signal() -> None:
    """After a jump v2 speaks once, is silent for three candles, and then sees the jump again."""
    closes = [60_000.0] * 10 + [60_200.0] * 10
    assert _spoken(closes, 8) == [(10, "long"), (14, "long")]


def test_a_pause_that_began_in_history_is_kept() -> None:
    """A restart right after a signal does not speak again within its pause."""
    closes = [60_000.0] * 10 + [60_200.0] * 6
    assert _spoken(closes, 12) == [(14, "long")]


def test_too_few_candles_say_nothing() -> None:
    """Without the older close there is no momentum and no signal."""
    assert _spoken([60_000.0, 61_000.0, 62_000.0], 1) == []


def test_a_signal_tells_what_it_saw() -> None:
    """Price, time of the candle, time of receipt and each indicator stand in the signal."""
    closes = [60_000.0] * 40 + [59_000.0]
    signal = _generator().generate("BTCUSDT", _frame(closes), NOW)
    assert signal is not None
    assert (signal.symbol, signal.direction, signal.price) == ("BTCUSDT", "short", 59_000.0)
    assert signal.received_at == NOW
    epoch = datetime.fromtimestamp(0)  # noqa: DTZ006 (v2's times are naive and local)
    assert signal.candle_at - epoch == timedelta(seconds=len(closes) * INTERVAL_S)
    assert tuple(signal.indicators) == SHOWN
    assert signal.indicators["momentum_bps"] == pytest.approx(-10_000 / 60)


def test_indicators_are_the_textbooks() -> None:
    """On a straight line RSI is 100, ATR the range to the previous close, MACD positive."""
    frame = add_indicators(_frame([100.0 + step for step in range(120)]), LOOKBACK)
    newest = frame.iloc[-1]
    assert newest["rsi"] == 100
    assert newest["atr"] == pytest.approx(2.0, abs=1e-3)
    assert newest["momentum_bps"] == pytest.approx(5 / 214 * 10_000)
    assert newest["macd"] == newest["ema_fast"] - newest["ema_slow"]
    assert newest["macd"] == pytest.approx(7.0, abs=0.05)
    width = 4 * pd.Series(range(20)).std() / (219 - 9.5)
    assert newest["bollinger_width"] == pytest.approx(width)
