"""Five levels and the best prices as one book: the newer word on the best level counts."""

from __future__ import annotations

import pytest

from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance.depth import BookTicker, DepthBook, DepthEvent


def _levels(update_id: int) -> DepthEvent:
    bids = [("99", "1"), ("98", "2"), ("97", "3")]
    asks = [("101", "1"), ("102", "2"), ("103", "3")]
    return DepthEvent(symbol="BTCUSDT", bids=bids, asks=asks, time_ms=1, update_id=update_id)


def _best(update_id: int, bid: str = "99", ask: str = "101") -> BookTicker:
    return BookTicker(
        symbol="BTCUSDT", bid=bid, ask=ask, bid_qty="7", ask_qty="8", time_ms=1, update_id=update_id
    )


def _book(best: BookTicker) -> DepthBook:
    book = DepthBook()
    assert book.take_levels(_levels(5))
    book.take_best(best)
    return book


def test_levels_that_the_price_passed_are_gone() -> None:
    """A newer best price that is worse says that the levels before it were taken."""
    bids, asks = _book(_best(6, bid="98", ask="101.5")).sides()
    assert bids == ((98, 7), (97, 3))
    assert [price for price, _ in asks] == [pytest.approx(101.5), 102, 103]


def test_a_better_price_stands_before_the_levels() -> None:
    """And what lies behind it stays."""
    bids, _ = _book(_best(6, bid="99.5")).sides()
    assert [quantity for _, quantity in bids] == [7, 1, 2, 3]


def test_an_older_best_price_changes_nothing() -> None:
    """The two streams may overtake each other; their common number tells which is newer."""
    levels = DepthBook()
    levels.take_levels(_levels(5))
    assert _book(_best(5, bid="90")).sides() == levels.sides()
    book = _book(_best(9, bid="98"))
    book.take_best(_best(8, bid="99.9"))
    assert book.sides()[0][0] == (98, 7)
    assert not book.take_levels(_levels(4))


def test_no_book_is_made_of_best_prices_alone() -> None:
    """Before the first levels, and where a side has no price, there is none."""
    book = DepthBook()
    book.take_best(_best(1))
    assert book.sides() == ((), ())
    assert _book(_best(6, ask="0")).sides() == ((), ())


def test_impossible_levels_are_refused_whole() -> None:
    """One bad figure leaves the book as it was."""
    book = _book(_best(5))
    before = book.sides()
    bad = DepthEvent(symbol="BTCUSDT", bids=[("1", "-1")], asks=[], time_ms=1, update_id=7)
    with pytest.raises(MalformedMessage):
        book.take_levels(bad)
    assert book.sides() == before
