"""The book as clients see it: the market's levels and all clients' resting orders together."""

from itertools import islice

from exchange_simulator.model import Side
from exchange_simulator.state import Exchange

__all__ = ["book_levels"]


def book_levels(
    exchange: Exchange, symbol: str, *, bids: bool, depth: int
) -> list[tuple[int, int]]:
    """Return up to `depth` (price in ticks, quantity in steps), best first."""
    market = exchange.market(symbol)
    levels = list(islice(market.levels(bids=bids), depth))
    book = exchange.books[symbol]
    if not len(book):
        return levels
    tick, step = market.instrument.tick_size, market.instrument.qty_step
    joined = dict(levels)
    for order in book.orders(Side.BUY if bids else Side.SELL):
        ticks = int(order.price / tick)
        joined[ticks] = joined.get(ticks, 0) + int(order.leaves / step)
    return sorted(joined.items(), reverse=bids)[:depth]
