"""A book's numbered states and the changes between them."""

from exchange_simulator.orders import cancel, place
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.protocols.depth import BookChanges, book_number
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order


def test_changes_add_up_to_the_book() -> None:
    """Applied one after the other they give every level of the window, whatever the price did."""
    exchange = make_exchange([str(60_000 + (number * 977) % 4000) for number in range(12)])
    account = hedger(exchange)
    changes = BookChanges(exchange, "BTCUSDT")
    books = {bids: dict(_levels(exchange, bids)) for bids in (True, False)}
    for _ in range(10):
        resting = place(exchange, account, order("Buy", "0.1", 1, "57000"))
        go(exchange, 0.9)
        if resting.open:
            cancel(exchange, account, resting)
        previous = changes.last
        change = changes.next()
        assert change is not None
        assert change.previous == previous < change.number == book_number(exchange, "BTCUSDT")
        for bids, rows in ((True, change.bids), (False, change.asks)):
            books[bids] |= dict(rows)
            held = {ticks: steps for ticks, steps in books[bids].items() if steps}
            now = _levels(exchange, bids)
            assert (max if bids else min)(held) == now[0][0]
            assert all(held[ticks] == steps for ticks, steps in now)
    assert changes.next() is None


def _levels(exchange: object, bids: bool) -> list[tuple[int, int]]:
    return book_levels(exchange, "BTCUSDT", bids=bids, depth=200)  # type: ignore[arg-type]
