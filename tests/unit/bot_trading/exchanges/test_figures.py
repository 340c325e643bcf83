"""Figures out of text: exact, finite, and no coin taken for another."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.fill import CoinAmount
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges import figures


@given(st.text(max_size=12) | st.decimals(allow_nan=True, allow_infinity=True).map(str))
def test_a_number_is_finite_or_malformed(text: str) -> None:
    """What is taken is what was told, to the last digit."""
    try:
        value = figures.number(text, "x")
    except MalformedMessage:
        return
    assert value.is_finite()
    assert value == Decimal(text)
    assert text.isascii()


def test_bounds_are_kept() -> None:
    """Quantities are not negative, steps are above zero."""
    for wrong in ("-1", "-0.1"):
        with pytest.raises(MalformedMessage):
            figures.not_negative(wrong, "x")
    with pytest.raises(MalformedMessage):
        figures.above_zero("0", "x")
    assert (figures.not_negative("0", "x"), figures.above_zero("1e3", "x")) == (0, 1000)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8))
def test_a_plain_number_has_no_exponent_and_is_the_same(value: Decimal) -> None:
    """Exchanges refuse exponents."""
    said = figures.plain(value)
    assert Decimal(said) == value
    assert "e" not in said.lower()


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("0", 0), ("", -1), ("-3", -1), ("7.5", -1), ("٣", -1), ("9" * 16, -1)],
)
def test_a_header_is_a_whole_number_or_nothing(text: str, value: int) -> None:
    """Anything else counts as absent."""
    assert figures.header_int({"X-Used": text}, "X-Used") == value
    assert figures.header_int({}, "X-Used") == -1


def test_only_a_fee_in_the_settle_coin_is_quote_coin() -> None:
    """Every other is kept with its coin; one without a name is complained of, nothing paid is
    nothing."""
    said: list[str] = []
    paid = Decimal("0.25")
    assert figures.paid_fee(paid, "USDT", "USDT", said.append) == (paid, None)
    assert figures.paid_fee(Decimal(0), "", "USDT", said.append) == (0, None)
    assert said == []
    other = figures.paid_fee(paid, "BNB", "USDT", said.append)
    assert other == (0, CoinAmount(amount=paid, coin="BNB"))
    unnamed = figures.paid_fee(-paid, "", "USDT", said.append)
    assert unnamed == (0, CoinAmount(amount=-paid, coin="unknown"))
    assert said == ["commission in '', expected USDT"]


def test_no_price_is_none() -> None:
    """Left out or zero; below zero is malformed."""
    assert figures.price_or_none("", "x") is None
    assert figures.price_or_none("0.00", "x") is None
    assert figures.price_or_none("0.5", "x") == Decimal("0.5")
    with pytest.raises(MalformedMessage):
        figures.price_or_none("-1", "x")


def test_levels_are_prices_and_what_they_hold() -> None:
    """What else a row carries is left out; a price of zero or a size below it is malformed."""
    assert figures.levels([["1.5", "0", "0", "4"]], "x") == ((Decimal("1.5"), 0),)
    for row in (["0", "1"], ["1", "-1"], ["x", "1"]):
        with pytest.raises(MalformedMessage):
            figures.levels([row], "x")
