"""Reading back: a number loses the zeros that its column adds, and nothing else."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot_trading.storage.numbers import plain


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8))
def test_a_number_stays_the_same_number(value: Decimal) -> None:
    """Without trailing zeros it is equal, and written without an exponent."""
    assert plain(value) == value
    assert "E" not in str(plain(value)) or abs(value) < Decimal("0.000001")


def test_zeros_of_a_scale_go_and_zeros_of_the_number_stay() -> None:
    """What goes to an exchange reads as a person would write it."""
    texts = ["0.00300000", "100.00000000", "100", "0.00000000", "1E+3", "91234.50"]
    assert [str(plain(Decimal(text))) for text in texts] == [
        *("0.003", "100", "100", "0", "1000", "91234.5"),
    ]
