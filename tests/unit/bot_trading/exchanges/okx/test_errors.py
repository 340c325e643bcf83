"""What OKX's codes prove."""

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
from bot_trading.exchanges.okx.errors import error_of_code, proves_refusal


def error(code: str, message: str = "said") -> ExchangeError:
    """The error of a refused read."""
    return error_of_code(code, message, offset_ms=1234, retry_at_ms=99)


@pytest.mark.parametrize(
    "code",
    [
        "51000",
        "51008",
        "51020",
        "51023",
        "51112",
        "51400",
        "51603",
        "50014",
        "50113",
        "50102",
        "50011",
        "50061",
    ],
)
def test_documented_refusals_are_proof(code: str) -> None:
    """Nothing of such an order exists."""
    assert proves_refusal(code)


@pytest.mark.parametrize(
    "code",
    [
        *("0", "1", "2", "", "50001", "50004", "50013", "50026", "50040", "51016"),
        *("51054", "51149", "51410", "60012", "424242", "x", "-51000", "51000 ", "510000"),
    ],
)
def test_what_may_have_been_carried_out_is_no_proof(code: str) -> None:
    """Timeouts, duplicates, cancels under way, and words that nobody knows."""
    assert not proves_refusal(code)


@given(st.text(max_size=300))
def test_any_text_has_a_verdict(code: str) -> None:
    """An unforeseen code is judged, never fatal, and an error in any case."""
    assert proves_refusal(code) in (True, False)
    assert isinstance(error(code, code), ExchangeError)


def test_the_clock_is_named_with_its_offset() -> None:
    """A refused time says by how much the clocks differ and what to do."""
    refused = error("50102")
    assert isinstance(refused, AuthRejected)
    assert "1234 ms" in str(refused)
    assert "synchronise" in str(refused)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("50101", "demo"),
        ("50105", "passphrase"),
        ("50110", "address"),
        ("50111", "unknown"),
        ("50113", "secret"),
        ("50120", "permission"),
        ("50112", "said"),
    ],
)
def test_a_refused_key_says_what_to_do(code: str, hint: str) -> None:
    """Each refusal of a key is told in words a person can act on."""
    refused = error(code)
    assert isinstance(refused, AuthRejected)
    assert hint in str(refused)


def test_other_codes_become_their_kind() -> None:
    """Later, slower, or refused for good."""
    assert isinstance(error("50001"), ExchangeUnavailable)
    hasty = error("50011")
    assert isinstance(hasty, RateLimited)
    assert hasty.retry_at_ms == 99
    refused = error("51603", "x" * 1000)
    assert isinstance(refused, RequestRefused)
    assert refused.code == "51603"
    assert len(str(refused)) < 300
