"""The plain momentum rule speaks when it should and is silent otherwise."""

from __future__ import annotations

import pytest

from bot_trading.domain.signal import Direction, Signal
from bot_trading.strategy.momentum import MomentumSpec, MomentumWindow, on_candle
from tests.builders.core import NOW_US, a_candle, a_momentum_spec


def _heard(closes: list[str], spec: MomentumSpec | None = None) -> list[Signal | None]:
    rule = spec or a_momentum_spec()
    window = MomentumWindow.empty(rule)
    return [
        on_candle(window, rule, a_candle(NOW_US + n * 60_000_000, close))
        for n, close in enumerate(closes)
    ]


def test_it_is_silent_until_it_has_seen_its_lookback() -> None:
    """With three candles back the fourth is the first that can be compared."""
    heard = _heard(["50000", "50100", "50200", "50300"])
    assert [signal is not None for signal in heard] == [False, False, False, True]


@pytest.mark.parametrize(
    ("last", "direction"),
    [
        ("50049.9", None),
        ("50050", Direction.LONG),
        ("50050.1", Direction.LONG),
        ("49950.1", None),
        ("49950", Direction.SHORT),
    ],
)
def test_the_threshold_itself_is_a_signal(last: str, direction: Direction | None) -> None:
    """10 bps of 50000 are 50: below is silence, at and above speaks with the move's direction."""
    signal = _heard(["50000", "50000", "50000", last])[-1]
    assert (signal.direction if signal else None) == direction


def test_it_pauses_after_a_signal() -> None:
    """With a pause of two candles the third one after a signal may speak again."""
    closes = [str(50000 + 100 * n) for n in range(8)]
    heard = [signal is not None for signal in _heard(closes)]
    assert heard == [False, False, False, True, False, False, True, False]


def test_the_same_candle_makes_the_same_signal_id() -> None:
    """The id is derived from instrument, interval and close, so repeating it is recognisable."""
    closes = ["50000", "50100", "50200", "50300"]
    first, second = _heard(closes)[-1], _heard(closes)[-1]
    assert first == second
    assert first is not None
    assert first.signal_id == f"momentum-BTCUSDT-60-{NOW_US + 4 * 60_000_000}"
