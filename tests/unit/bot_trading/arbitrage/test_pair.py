"""Which instruments are a pair, in what steps, and why others are not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.arbitrage.pair import Pair, PairRefused, coin_of, make_pair
from tests.builders.pairs import a_pair, a_side

STEPS = st.sampled_from([Decimal(each) for each in ("0.001", "0.002", "0.003", "0.01", "1", "10")])


@pytest.mark.parametrize(
    ("base_coin", "coin", "count"),
    [
        ("BTC", "BTC", 1),
        ("1000PEPE", "PEPE", 1000),
        ("10000SATS", "SATS", 10_000),
        ("1000000MOG", "MOG", 1_000_000),
        ("1MBABYDOGE", "BABYDOGE", 1_000_000),
        ("1INCH", "1INCH", 1),
        ("1000X", "1000X", 1),
    ],
)
def test_a_coin_is_counted_by_its_name(base_coin: str, coin: str, count: int) -> None:
    """Coins that are listed by the thousand are brought to single ones, others stay."""
    assert coin_of(base_coin) == (coin, Decimal(count))


@pytest.mark.parametrize(
    ("exchange", "changed", "why"),
    [
        ("bybit", {}, "the same account stands on both sides"),
        ("bybit", {"account": "two"}, "the same exchange stands on both sides"),
        ("binance", {"quote_coin": "USDC"}, "quoted in USDT and USDC"),
        ("binance", {"base_coin": "ETH"}, "BTC and ETH are not the same coin"),
        ("binance", {"fee": "1"}, "a taker fee is a part of 1"),
        ("binance", {"qty_step": Decimal(60), "min_qty": Decimal(60)}, "takes 50 at most"),
    ],
)
def test_what_is_no_pair_is_refused_with_the_reason(
    exchange: str, changed: dict[str, Any], why: str
) -> None:
    """Sides that cannot offset each other are refused, and the sentence names what differs."""
    refused = make_pair(a_side("bybit"), a_side(exchange, **changed))
    assert isinstance(refused, PairRefused)
    assert why in refused.why


def test_contract_sizes_are_brought_to_single_coins() -> None:
    """A side in thousands and a side in single coins meet in a step that both can trade."""
    thousands = a_side(
        "bybit",
        base_coin="1000PEPE",
        qty_step=Decimal(100),
        min_qty=Decimal(100),
        max_market_qty=Decimal(5_000_000),
    )
    singles = a_side(
        "okx",
        base_coin="PEPE",
        qty_step=Decimal(10_000_000),
        min_qty=Decimal(10_000_000),
        max_market_qty=Decimal(10**12),
    )
    pair = a_pair(thousands, singles)
    assert (pair.coin, pair.step) == ("PEPE", Decimal(10_000_000))
    assert (pair.min_qty, pair.max_qty) == (Decimal(10_000_000), Decimal(5_000_000_000))


@given(one=STEPS, other=STEPS)
def test_the_step_of_a_pair_is_the_least_that_both_can_trade(one: Decimal, other: Decimal) -> None:
    """A pair's step is a multiple of both, and no smaller multiple of one is one of the other."""
    pair = make_pair(
        a_side("bybit", qty_step=one, min_qty=one), a_side("okx", qty_step=other, min_qty=other)
    )
    assert isinstance(pair, Pair)
    assert pair.step % one == 0
    assert pair.step % other == 0
    assert all(one * n % other != 0 for n in range(1, int(pair.step / one)))


def test_a_quantity_is_never_more_than_was_asked_for() -> None:
    """A notional is rounded down to the step, and is nothing where a side takes no less."""
    pair = a_pair(a_side("bybit"), a_side("okx", qty_step=Decimal("0.01"), min_qty=Decimal("0.01")))
    assert pair.quantity(Decimal(1999), Decimal(50_000)) == Decimal("0.03")
    assert pair.quantity(Decimal(499), Decimal(50_000)) == 0
    assert pair.quantity(Decimal(10**9), Decimal(50_000)) == Decimal(50)


def test_too_small_a_notional_is_no_quantity() -> None:
    """The larger of the two minimum notionals holds for the pair."""
    pair = a_pair(a_side("bybit"), a_side("binance", min_notional=Decimal(100)))
    assert pair.quantity(Decimal(99), Decimal(50_000)) == 0
    assert pair.quantity(Decimal(100), Decimal(50_000)) == Decimal("0.002")


def test_a_rest_that_could_not_be_closed_leaves_nothing_matched() -> None:
    """What stays hedged leaves a rest of zero, or one that its exchange takes as an order."""
    coarse = a_side("binance", qty_step=Decimal("0.001"), min_qty=Decimal("0.005"))
    pair = a_pair(a_side("bybit"), coarse)
    assert pair.matched(Decimal("0.020"), Decimal("0.020")) == Decimal("0.020")
    assert pair.matched(Decimal("0.010"), Decimal("0.020")) == Decimal("0.010")
    assert pair.matched(Decimal("0.018"), Decimal("0.020")) == 0
    assert pair.matched(Decimal("0.003"), Decimal("0.020")) == 0


def test_a_pair_can_be_turned_around() -> None:
    """The side on the named exchange comes first, and nothing else changes."""
    pair = a_pair()
    turned = pair.with_first("binance")
    assert (turned.first, turned.second) == (pair.second, pair.first)
    assert turned.with_first("binance") == turned
