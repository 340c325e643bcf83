"""What is configured of arbitrage names two exchanges."""

from __future__ import annotations

import pytest

from tests.builders.paper_pair import a_spec


def test_the_same_account_on_both_sides_is_refused() -> None:
    """A pair needs two exchanges."""
    with pytest.raises(ValueError, match="the same account on bybit stands on both sides"):
        a_spec(exchanges=("bybit", "bybit"))


def test_two_exchanges_are_a_spec() -> None:
    """The sides keep their order."""
    assert a_spec().exchanges == ("bybit", "binance")
