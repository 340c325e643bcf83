"""What return codes prove."""

from __future__ import annotations

import pytest

from bot_trading.errors import (
    AuthRejected,
    ExchangeError,
    ExchangeUnavailable,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.bybit.errors import error_of_code, proves_refusal

AMBIGUOUS = (
    *(429, 10000, 10006, 10016, 10019, 10403, 10429, 20003, 20006),
    *(170001, 170005, 170007, 170032, 500000),
)


@pytest.mark.parametrize("code", AMBIGUOUS)
def test_ambiguous_codes_prove_nothing(code: int) -> None:
    """After these an order may exist, so none of them is a refusal."""
    assert not proves_refusal(code)


@pytest.mark.parametrize("code", [0, -1, 1, 99999, 110000, 111000, 3400045, 110072, 110079])
def test_unknown_codes_prove_nothing(code: int) -> None:
    """A code that nobody documented as a refusal, a duplicate id, or "processing" is none."""
    assert not proves_refusal(code)


@pytest.mark.parametrize(
    "code", [10001, 10002, 10003, 10004, 10005, 10010, 33004, 110001, 110007, 110017, 110094]
)
def test_documented_refusals_prove_that_nothing_took_effect(code: int) -> None:
    """Parameters, time, key, balance, reduce-only: the order does not exist."""
    assert proves_refusal(code)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (10002, AuthRejected, "differs from the exchange's by 4321 ms"),
        (10003, AuthRejected, "API key is unknown"),
        (10004, AuthRejected, "API secret does not belong to this API key"),
        (10005, AuthRejected, "lacks a permission"),
        (10010, AuthRejected, "add this machine's address"),
        (33004, AuthRejected, "expired"),
        (10006, RateLimited, "too many requests"),
        (10016, ExchangeUnavailable, "said this"),
        (110001, RequestRefused, "said this"),
        (987654, RequestRefused, "said this"),
    ],
)
def test_reads_fail_with_one_clear_sentence(
    code: int, kind: type[ExchangeError], words: str
) -> None:
    """Each refused read names what is wrong, and the code with it."""
    error = error_of_code(code, "said this", offset_ms=4321, retry_at_ms=99)
    assert type(error) is kind
    assert words in str(error)
    assert str(code) in str(error)
    assert "\n" not in str(error)


def test_a_rate_limit_says_when_to_come_back() -> None:
    """`retry_at_ms` travels with the exception."""
    error = error_of_code(10006, "", offset_ms=0, retry_at_ms=99)
    assert isinstance(error, RateLimited)
    assert error.retry_at_ms == 99
