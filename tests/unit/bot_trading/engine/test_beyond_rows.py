"""What fits no column is known before it is written."""

from __future__ import annotations

import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.engine.beyond_rows import is_beyond_rows
from tests.builders.core import BTC, a_core_config, a_ready_state, d


@pytest.mark.parametrize(
    ("symbol", "quantity", "is_beyond"),
    [
        ("A" * 20, "0.00000001", False),
        ("A" * 21, "1", True),
        ("", "1", True),
        ("PEPEUSDT", "0.000000001", True),
        ("PEPEUSDT", "1000000000000", True),
        ("PEPEUSDT", "999999999999.99999999", False),
    ],
)
def test_a_strangers_values_fit_or_are_left_out(
    symbol: str, quantity: str, is_beyond: bool
) -> None:
    """Twenty characters, and twelve digits before the point with eight after it."""
    state = a_ready_state()
    assert is_beyond_rows(state, InstrumentId("bybit", symbol), d(quantity)) is is_beyond


def test_what_is_traded_here_is_never_left_out() -> None:
    """A fact of it is money of ours, so that a row which refuses it has to be heard of."""
    assert not is_beyond_rows(a_ready_state(), BTC, d("0.000000001"))
    traded = a_core_config(instrument_ids=(InstrumentId("bybit", "A" * 21),))
    assert not is_beyond_rows(a_ready_state(traded), traded.instrument_ids[0])
