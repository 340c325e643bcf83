"""From an opinion to a quantity: what an entry may hold, never rounded upward."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import Instrument

__all__ = ["entry_quantity", "exit_quantity", "market_pieces"]


def entry_quantity(order_notional_usdt: Decimal, price: Decimal, instrument: Instrument) -> Decimal:
    """Base coin worth at most `order_notional_usdt` at `price`, on the step; may be zero."""
    wanted = min(order_notional_usdt / price, instrument.max_market_qty)
    return instrument.quantity_down(wanted)


def exit_quantity(open_qty: Decimal, close_ratio: Decimal, instrument: Instrument) -> Decimal:
    """The part of a leg to close, on the step; a ratio of 1 closes all of it, dust included.

    A part below the exchange's minimum closes nothing (zero), and a remainder below it is closed
    along, since it could not be closed later.
    """
    part = open_qty if close_ratio >= 1 else instrument.quantity_down(open_qty * close_ratio)
    if close_ratio < 1 and part < instrument.min_qty:
        return Decimal(0)
    return open_qty if open_qty - part < instrument.min_qty else part


def market_pieces(quantity: Decimal, instrument: Instrument) -> tuple[Decimal, ...]:
    """`quantity` in as few orders as the exchange's maximum for market orders allows."""
    pieces = []
    while quantity > 0:
        pieces.append(min(quantity, instrument.max_market_qty))
        quantity -= pieces[-1]
    return tuple(pieces)
