"""Prices and their age: what may be traded on, and what is too old to believe."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.market import Quote

__all__ = ["age_ms", "entry_price", "valuation_price"]


def age_ms(quote: Quote, now_us: int) -> int:
    """Milliseconds since we learnt the quote, by our own clock."""
    return (now_us - quote.ts_init_us) // 1_000


def entry_price(quote: Quote, *, buys: bool) -> Decimal | None:
    """What an order that takes liquidity pays or gets: the other side of the book, else last."""
    side = quote.ask if buys else quote.bid
    return side if side is not None else quote.last


def valuation_price(quote: Quote) -> Decimal | None:
    """What a leg is worth: mark, which liquidation uses, else last."""
    return quote.mark if quote.mark is not None else quote.last
