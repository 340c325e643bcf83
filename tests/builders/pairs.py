"""Pairs of instruments, books and quoted sides for tests of arbitrage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot_trading.arbitrage.book import Book
from bot_trading.arbitrage.costs import FundingTerms
from bot_trading.arbitrage.edge import Quoted
from bot_trading.arbitrage.pair import Pair, PairSide, make_pair
from bot_trading.domain.instrument import Instrument, InstrumentId

__all__ = ["HOUR_US", "a_book", "a_pair", "a_quoted", "a_side"]

HOUR_US = 3_600_000_000


def a_side(exchange: str, *, fee: str = "0.0005", account: str = "one", **changed: Any) -> PairSide:
    """BTCUSDT on an exchange, by steps of 0.001, with these parts of the instrument changed."""
    values: dict[str, Any] = {
        "instrument_id": InstrumentId(exchange, "BTCUSDT"),
        "base_coin": "BTC",
        "quote_coin": "USDT",
        "tick_size": Decimal("0.1"),
        "qty_step": Decimal("0.001"),
        "min_qty": Decimal("0.001"),
        "max_qty": Decimal(100),
        "max_market_qty": Decimal(50),
        "min_notional": Decimal(5),
        "leverage_max": Decimal(100),
        "funding_interval_min": 480,
        "is_trading": True,
    } | changed
    return PairSide(instrument=Instrument(**values), account=account, taker_fee_ratio=Decimal(fee))


def a_pair(first: PairSide | None = None, second: PairSide | None = None) -> Pair:
    """The pair of two sides, BTCUSDT on Bybit and Binance by default."""
    pair = make_pair(first or a_side("bybit"), second or a_side("binance"))
    assert isinstance(pair, Pair)
    return pair


def a_book(side: PairSide, bid: str, ask: str, quantity: str = "10", ts_us: int = HOUR_US) -> Book:
    """A book of one level a side."""
    return Book(
        instrument_id=side.instrument.instrument_id,
        bids=((Decimal(bid), Decimal(quantity)),),
        asks=((Decimal(ask), Decimal(quantity)),),
        ts_event_us=ts_us,
        ts_init_us=ts_us,
    )


def a_quoted(side: PairSide, bid: str, ask: str, rate: str = "0", **changed: Any) -> Quoted:
    """A side of which everything is known at the first hour; funding settles at the eighth."""
    values: dict[str, Any] = {
        "side": side,
        "not_ready": "",
        "book": a_book(side, bid, ask),
        "funding": FundingTerms(
            rate=Decimal(rate), ts_next_us=8 * HOUR_US, interval_us=8 * HOUR_US
        ),
        "round_trip_us": 10_000,
    } | changed
    return Quoted(**values)
