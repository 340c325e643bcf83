"""The book's figures while trading: both legs, what is in flight, and what has no past."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.returns import ReturnHistory
from bot_trading.risk.book import Holding, tail_loss
from bot_trading.risk.book_risk import UNMEASURED, BookRisk
from bot_trading.risk.returns import BookSpec
from tests.builders.core import d

SPEC = BookSpec(confidence_ratio=d("0.9"), returns_min=10)
MOVES = {
    "X": tuple(d(n) / 1000 for n in (-50, 20, -10, 5, 0, 7, -3, 12, 30, -20)),
    "Y": tuple(d(n) / 1000 for n in (10, -40, 2, 5, 0, -7, 3, -12, -30, 25)),
}
X_LONG, X_SHORT = (LegId("bybit", "X", side) for side in (PositionIdx.LONG, PositionIdx.SHORT))
Y_LONG, NEW_LONG = (LegId("okx", symbol, PositionIdx.LONG) for symbol in ("Y", "NEW"))


def a_history(until_us: int = 0) -> ReturnHistory:
    return ReturnHistory(
        period_s=3600, horizon_s=3600, until_us=until_us, returns=MOVES, missing={"NEW": "new"}
    )


def a_book() -> BookRisk:
    book = BookRisk()
    book.take_in(a_history(), SPEC)
    return book


def _measured(book: BookRisk, *legs: tuple[LegId, str], held: str = "", young: bool = True) -> None:
    flying = [(X_LONG, d(held))] if held else []
    opened = {leg_id: d(value) for leg_id, value in legs}
    book.measure(opened, flying, SPEC, 7, is_history_young=young)


def test_a_book_loses_what_its_worst_period_took() -> None:
    """One of ten periods is the tail of 90 percent."""
    book = a_book()
    _measured(book, (X_LONG, "1000"))
    assert (book.figures.value_at_risk, book.figures.expected_shortfall) == (50, 50)
    assert (book.figures.scenarios, book.measured_us, book.is_measured) == (10, 7, True)


def test_two_legs_of_a_symbol_offset_each_other_on_any_exchange() -> None:
    """What the long loses the short gains."""
    book = a_book()
    _measured(book, (X_LONG, "1000"), (X_SHORT, "1000"))
    assert (book.figures.value_at_risk, book.figures.expected_shortfall) == (0, 0)


def test_an_order_in_flight_offsets_nothing() -> None:
    """Nobody knows whether it fills."""
    book = a_book()
    _measured(book, (X_SHORT, "1000"))
    alone = book.figures.expected_shortfall
    _measured(book, (X_SHORT, "1000"), held="1000")
    assert book.figures.expected_shortfall == alone + 50


def test_a_symbol_without_a_past_counts_by_the_worst_fall_on_record() -> None:
    """58.5 percent in both directions, and the figure is not called measured."""
    book = a_book()
    assert UNMEASURED.expected_shortfall == d("0.585")
    _measured(book, (X_LONG, "1000"), (NEW_LONG, "100"))
    assert book.figures.value_at_risk == 50 + d("58.5")
    assert not book.is_measured
    assert book.unit("NEW", is_long=False) == UNMEASURED


def test_returns_that_are_too_old_are_none() -> None:
    """Until they were read again, everything counts by the worst fall."""
    book = a_book()
    _measured(book, (X_LONG, "1000"), (X_SHORT, "1000"), young=False)
    assert book.figures.expected_shortfall == 1170
    assert book.unit("X", is_long=True) == UNMEASURED
    assert not book.is_measured
    _measured(book, (X_LONG, "1000"))
    assert book.figures.expected_shortfall == 50


def test_an_empty_book_loses_nothing() -> None:
    """And needs no past to say so."""
    book = BookRisk()
    _measured(book, young=False)
    assert (book.figures.value_at_risk, book.figures.expected_shortfall) == (0, 0)
    _measured(book, (NEW_LONG, "0"), young=False)
    assert book.figures.expected_shortfall == 0


def test_symbols_are_apart_only_where_that_was_estimated() -> None:
    """Of a stranger to every group nothing is apart, and nothing before the first estimate."""
    book = a_book()
    assert book.apart_from("X") == frozenset()
    book.take_in_groups((frozenset({"X", "Y"}), frozenset({"Z"})), 5)
    assert book.apart_from("X") == frozenset({"Z"})
    assert book.apart_from("Z") == frozenset({"X", "Y"})
    assert book.apart_from("NEW") == frozenset()


LEGS = (X_LONG, X_SHORT, Y_LONG)


@given(
    st.dictionaries(st.sampled_from(LEGS), st.integers(0, 5_000).map(Decimal)),
    st.lists(st.tuples(st.sampled_from(LEGS), st.integers(1, 500).map(Decimal)), max_size=4),
    st.integers(0, 15),
)
def test_what_an_entry_adds_alone_is_never_too_little(
    opened: dict[LegId, Decimal], sent: list[tuple[LegId, Decimal]], filled: int
) -> None:
    """Expected shortfall is subadditive: whichever of the orders fill, the book that they lead to
    loses no more than the figure that a review sees."""
    book = a_book()
    book.measure(opened, [], SPEC, 0, is_history_young=True)
    seen = book.figures.expected_shortfall + book.of_legs(sent)[1]
    after = dict(opened)
    for number, (leg_id, notional) in enumerate(sent):
        if filled >> number & 1:
            after[leg_id] = after.get(leg_id, Decimal(0)) + notional
    book.measure(after, [], SPEC, 0, is_history_young=True)
    assert book.figures.expected_shortfall <= seen
    exact = tail_loss(
        [
            Holding(symbol=leg_id.symbol, notional=value, is_long=leg_id.is_long)
            for leg_id, value in after.items()
        ],
        MOVES,
        SPEC.confidence_ratio,
    )
    assert book.figures.expected_shortfall == exact.expected_shortfall
    assert book.figures.value_at_risk == exact.value_at_risk
