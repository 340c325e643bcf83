"""What a quantity costs in a book, and which books decide nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.arbitrage.book import Book
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import BookLevel

LEVELS = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 30)), min_size=1, max_size=6).map(
    lambda levels: [(Decimal(gap), Decimal(quantity)) for gap, quantity in levels]
)


def _book(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> Book:
    def exact(levels: list[tuple[str, str]]) -> tuple[BookLevel, ...]:
        return tuple((Decimal(price), Decimal(quantity)) for price, quantity in levels)

    return Book(
        instrument_id=InstrumentId("bybit", "BTCUSDT"),
        bids=exact(bids),
        asks=exact(asks),
        ts_event_us=1,
        ts_init_us=1,
    )


def test_a_quantity_walks_through_the_levels() -> None:
    """The mean price counts each level with the part that it gave, the worst is the last one."""
    book = _book([("99", "1"), ("98", "2")], [("100", "1"), ("103", "2")])
    bought, sold = book.buying(Decimal(3)), book.selling(Decimal(2))
    assert bought is not None
    assert sold is not None
    assert bought == Decimal(102)
    assert sold == Decimal("98.5")


def test_a_book_that_is_too_thin_has_no_price() -> None:
    """A quantity that the levels do not hold has no price, rather than that of the last level."""
    book = _book([("99", "1")], [("100", "1")])
    assert book.buying(Decimal("1.1")) is None
    assert book.selling(Decimal("1.1")) is None


@pytest.mark.parametrize(
    ("bids", "asks", "problem"),
    [
        ([], [("100", "1")], "one side is empty"),
        ([("99", "1")], [], "one side is empty"),
        ([("100", "1")], [("100", "1")], "bid 100 is not below ask 100"),
        ([("99", "0")], [("100", "1")], "not above zero"),
        ([("NaN", "1")], [("100", "1")], "not above zero"),
        ([("98", "1"), ("99", "1")], [("100", "1")], "out of order"),
        ([("99", "1")], [("101", "1"), ("100", "1")], "out of order"),
    ],
)
def test_a_broken_book_says_what_is_wrong(
    bids: list[tuple[str, str]], asks: list[tuple[str, str]], problem: str
) -> None:
    """Empty, crossed, unordered and impossible levels are named."""
    assert problem in (_book(bids, asks).problem() or "")


def test_a_whole_book_has_no_problem() -> None:
    """An ordered book with a spread may be decided by."""
    assert _book([("99", "1"), ("98", "2")], [("100", "1"), ("101", "2")]).problem() is None


@given(levels=LEVELS, part=st.integers(1, 100))
def test_more_never_costs_less(levels: list[BookLevel], part: int) -> None:
    """A larger quantity has no better mean price, and the mean is never beyond the worst price."""
    price, asks = Decimal(1000), []
    for gap, quantity in levels:
        price += gap
        asks.append((price, quantity))
    book = Book(
        instrument_id=InstrumentId("bybit", "BTCUSDT"),
        bids=((Decimal(1), Decimal(1)),),
        asks=tuple(asks),
        ts_event_us=1,
        ts_init_us=1,
    )
    total = sum((quantity for _, quantity in asks), Decimal(0))
    less, whole = book.buying(total * part / 100), book.buying(total)
    assert less is not None
    assert whole is not None
    slack = Decimal("1e-20")
    assert asks[0][0] - slack <= less <= whole + slack
