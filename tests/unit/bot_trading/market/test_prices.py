"""Which price is used for what, and how old it is."""

from __future__ import annotations

from bot_trading.market.prices import age_ms, entry_price, valuation_price
from tests.builders.core import NOW_US, a_quote, d


def test_age_counts_from_when_we_learnt_it() -> None:
    """By our own clock, so an exchange's clock cannot make an old price young."""
    quote = a_quote(ts_event_us=NOW_US + 10_000_000, ts_init_us=NOW_US)
    assert age_ms(quote, NOW_US + 1_500_000) == 1_500


def test_an_entry_takes_the_other_side_of_the_book() -> None:
    """A buyer pays the ask, a seller gets the bid; last stands in for a missing one."""
    quote = a_quote(last=d(100), bid=d(99), ask=d(101))
    assert entry_price(quote, buys=True) == 101
    assert entry_price(quote, buys=False) == 99
    assert entry_price(a_quote(last=d(100), bid=None, ask=None), buys=True) == 100


def test_no_price_at_all_stays_none() -> None:
    """Unknown is not turned into a plausible value."""
    empty = a_quote(last=None, mark=None, bid=None, ask=None)
    assert entry_price(empty, buys=True) is None
    assert valuation_price(empty) is None


def test_a_leg_is_valued_at_mark() -> None:
    """Liquidation uses mark; last stands in while it is unknown."""
    assert valuation_price(a_quote(last=d(100), mark=d(98))) == 98
    assert valuation_price(a_quote(last=d(100), mark=None)) == 100
