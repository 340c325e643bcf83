"""How one candle follows another."""

from __future__ import annotations

import pytest

from bot_trading.market.candles import Continuity, continuity
from tests.builders.core import a_candle

_MINUTE_US = 60_000_000


@pytest.mark.parametrize(
    ("shift_us", "expected"),
    [
        (_MINUTE_US, Continuity.NEXT),
        (0, Continuity.REPEATED),
        (-_MINUTE_US, Continuity.REPEATED),
        (2 * _MINUTE_US, Continuity.GAP),
        (_MINUTE_US + 1, Continuity.GAP),
        (_MINUTE_US - 1, Continuity.GAP),
    ],
)
def test_a_candle_continues_repeats_or_leaves_a_gap(shift_us: int, expected: Continuity) -> None:
    """Only the candle that opens exactly where the last one closed is next."""
    last_open_us = 1_000 * _MINUTE_US
    assert continuity(last_open_us, a_candle(last_open_us + shift_us)) is expected


def test_the_first_candle_begins_a_series() -> None:
    """With nothing before it there is nothing to miss."""
    assert continuity(None, a_candle()) is Continuity.NEXT
