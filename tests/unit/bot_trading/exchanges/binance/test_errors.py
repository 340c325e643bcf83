"""What codes prove: a refusal is certain, everything else is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.errors import (
    AuthRejected,
    ExchangeError,
    ExchangeUnavailable,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.binance.errors import LATER, error_of_code, proves_refusal


@pytest.mark.parametrize(
    "code",
    [
        *(-1021, -1022, -1111, -1106, -1015, -2010, -2011, -2013, -2018, -2019, -2021, -2022),
        *(-2027, -4003, -4061, -4120, -4164, -4509, -5021, -5022),
    ],
)
def test_documented_refusals_prove_that_nothing_exists(code: int) -> None:
    """Parameters, money, filters, modes and rights are checked before an order is made."""
    assert proves_refusal(code)


@pytest.mark.parametrize(
    "code", [-1000, -1001, -1003, -1004, -1006, -1007, -1008, -1016, -4116, 0, 200, -9000, -3000]
)
def test_everything_else_proves_nothing(code: int) -> None:
    """Time-outs, overload, codes without a documented meaning, and an id that is in use."""
    assert not proves_refusal(code)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1003, RateLimited),
        (-1015, RateLimited),
        (-1007, ExchangeUnavailable),
        (-1021, AuthRejected),
        (-2015, AuthRejected),
        (-1022, AuthRejected),
        (-4061, RequestRefused),
    ],
)
def test_each_kind_of_code_has_its_error(code: int, kind: type[ExchangeError]) -> None:
    """And a sentence that names the code."""
    error = error_of_code(code, "said", offset_ms=7, retry_at_ms=5)
    assert isinstance(error, kind)
    assert str(code) in str(error)


@given(st.integers(-100_000, 100_000), st.text(max_size=2_000))
def test_any_code_becomes_one_short_error(code: int, message: str) -> None:
    """Whatever the exchange says, the sentence stays short and one answer is never both."""
    error = error_of_code(code, message, offset_ms=0, retry_at_ms=0)
    assert len(str(error)) < 500
    assert not (proves_refusal(code) and code in LATER)
