"""The tape leads through every decision, with whole ticks and whole steps."""

from __future__ import annotations

import pytest

from readiness.compatibility.tape import END, START, TAPES, SymbolTape


@pytest.mark.parametrize("tape", TAPES, ids=lambda tape: tape.symbol)
def test_prices_stand_on_the_tick(tape: SymbolTape) -> None:
    """Each close is a whole number of ticks, and still before the script begins."""
    closes = [tape.close(index) for index in range(START - 200, END)]
    assert all(close % tape.tick == 0 for close in closes)
    assert len(set(closes[: 200 - START - 3])) == 1
    assert tape.close(-1) == tape.base


@pytest.mark.parametrize("tape", TAPES, ids=lambda tape: tape.symbol)
def test_each_level_holds_until_the_next(tape: SymbolTape) -> None:
    """A level begins with its candle and not before."""
    before = 0
    for start, level in tape.levels_bps:
        assert tape.close(start) == (tape.base * (10_000 + level) / 10_000).quantize(tape.tick)
        assert tape.close(start - 1) == (tape.base * (10_000 + before) / 10_000).quantize(tape.tick)
        before = level
    assert tape.levels_bps[-1][0] < END


def test_steps_of_quantity_have_decimals() -> None:
    """Decimals follow from the step."""
    assert [tape.quantity_decimals for tape in TAPES] == [3, 2]
