"""Which candles are possible."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.builders.core import NOW_US, a_candle, a_quote, d


def test_a_candle_closes_one_interval_after_it_opened() -> None:
    """Its close is its open plus the interval in microseconds."""
    assert a_candle(open_us=NOW_US).close_us == NOW_US + 60_000_000


def test_a_possible_candle_has_no_problem() -> None:
    """Open and close within low to high, all finite, prices above zero."""
    assert a_candle().problem() is None
    assert a_candle(volume=d(0)).problem() is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"high": Decimal("NaN")}, "finite"),
        ({"volume": Decimal("Infinity")}, "finite"),
        ({"low": d(0)}, "above zero"),
        ({"low": d(-1)}, "above zero"),
        ({"volume": d("-0.001")}, "negative"),
        ({"low": d("50000.1")}, "outside"),
        ({"high": d("49999.9")}, "outside"),
        ({"open": d("60000")}, "outside"),
    ],
)
def test_an_impossible_candle_says_why(changes: dict[str, Any], words: str) -> None:
    """No market can have made it, and the sentence names the reason."""
    assert words in (a_candle(**changes).problem() or "")


def test_a_quote_may_not_know_everything() -> None:
    """A part that the exchange has not told is None, never a guess."""
    assert a_quote(mark=None).mark is None
