"""The book of resting orders keeps price-time order whatever comes and goes."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.book import Book
from exchange_simulator.model import Order, OrderKind, Side, TimeInForce


def resting(sequence: int, side: Side, price: int) -> Order:
    """An order that may rest."""
    return Order(
        order_id=str(sequence),
        client_id="",
        account_id=1,
        symbol="BTCUSDT",
        side=side,
        leg_index=1,
        kind=OrderKind.LIMIT,
        price=Decimal(price),
        qty=Decimal(1),
        time_in_force=TimeInForce.GTC,
        created_ms=0,
        updated_ms=0,
        sequence=sequence,
    )


def test_buyers_by_highest_price_sellers_by_lowest_then_by_time() -> None:
    """The best price is first; at one price the earlier order."""
    book = Book()
    for sequence, (side, price) in enumerate(
        [(Side.BUY, 5), (Side.BUY, 7), (Side.BUY, 7), (Side.SELL, 9), (Side.SELL, 8)]
    ):
        book.add(resting(sequence, side, price))
    assert [order.sequence for order in book.orders(Side.BUY)] == [1, 2, 0]
    assert [order.sequence for order in book.orders(Side.SELL)] == [4, 3]
    best = book.best(Side.SELL)
    assert best is not None
    assert best.price == 8
    assert len(book) == 5


@given(
    entries=st.lists(st.tuples(st.sampled_from(list(Side)), st.integers(1, 5)), max_size=40),
    removals=st.lists(st.integers(0, 100), max_size=40),
)
def test_any_adding_and_removing_keeps_the_order(
    entries: list[tuple[Side, int]], removals: list[int]
) -> None:
    """After any changes each side equals the sorted list of what is left."""
    book = Book()
    left = [resting(number, side, price) for number, (side, price) in enumerate(entries)]
    for order in left:
        book.add(order)
        assert order.resting
    for removal in removals:
        if left:
            gone = left.pop(removal % len(left))
            book.remove(gone)
            assert not gone.resting
    for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
        wanted = sorted(
            (order for order in left if order.side is side),
            key=lambda order: (sign * order.price, order.sequence),
        )
        assert list(book.orders(side)) == wanted
    assert len(book) == len(left)
