"""When a difference pays after every cost, what stands in its way, and when it is left."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.arbitrage.edge import (
    Edge,
    NoEntry,
    Thresholds,
    best_entry,
    exit_difference,
    wants_exit,
)
from tests.builders.pairs import HOUR_US, a_book, a_pair, a_quoted, a_side

ONE = Decimal(1)
THRESHOLDS = Thresholds(
    entry_net_min_bps=Decimal(5),
    exit_bps=Decimal(2),
    horizon_us=8 * HOUR_US,
    book_age_max_us=500_000,
    move_bps_per_root_s=Decimal(10),
)


def _entry(first: tuple[str, str], second: tuple[str, str], **changed: Any) -> Edge | NoEntry:
    bybit, binance = a_side("bybit"), a_side("binance")
    return best_entry(
        a_pair(bybit, binance),
        a_quoted(bybit, *first, **changed),
        a_quoted(binance, *second),
        ONE,
        THRESHOLDS,
        HOUR_US,
        HOUR_US,
    )


def test_every_part_of_the_account_is_counted() -> None:
    """An entry is the difference less that of the exit, four fees, funding and lateness."""
    edge = _entry(("9999", "10000"), ("10040", "10041"), rate="0.0001")
    assert isinstance(edge, Edge)
    assert (edge.buy.exchange, edge.sell.exchange) == ("bybit", "binance")
    assert edge.difference == Decimal("0.004")
    assert edge.fees == Decimal("0.002")
    assert edge.funding == Decimal("0.0001")
    assert edge.latency == Decimal("0.0001")
    assert edge.net == Decimal("0.004") - Decimal("0.0002") - Decimal("0.0022")


def test_the_cheaper_exchange_is_bought_whichever_it_is() -> None:
    """The direction follows the prices, not the order of the sides."""
    edge = _entry(("10040", "10041"), ("9999", "10000"))
    assert isinstance(edge, Edge)
    assert edge.buy.exchange == "binance"


def test_what_promises_too_little_is_no_entry() -> None:
    """A difference that fees eat is refused with what it would have brought."""
    refused = _entry(("9999", "10000"), ("10025", "10026"))
    assert isinstance(refused, NoEntry)
    assert (refused.control, refused.measured) == ("entry_net_min_bps", "2.00 bps")


def test_funding_alone_opens_nothing() -> None:
    """A gain that only funding promises would be left at once, and is not entered."""
    refused = _entry(("9999", "10000"), ("10001", "10002"), rate="-0.01")
    assert isinstance(refused, NoEntry)
    assert refused.control == "exit_bps"


def test_a_difference_beyond_belief_is_no_entry() -> None:
    """A tenth of the price between two exchanges means that one side is not what we think."""
    refused = _entry(("9999", "10000"), ("12000", "12001"))
    assert isinstance(refused, NoEntry)
    assert refused.control == "plausible_difference"


@pytest.mark.parametrize(
    ("changed", "control", "measured"),
    [
        ({"not_ready": "stream is down"}, "exchange_ready", "stream is down"),
        ({"book": None}, "book", "no book of BTCUSDT.bybit"),
        ({"funding": None}, "funding", "rate of BTCUSDT.bybit unknown"),
        ({"round_trip_us": None}, "round_trip", "BTCUSDT.bybit not measured"),
        (
            {"book": a_book(a_side("bybit"), "9999", "10000", ts_us=HOUR_US - 500_001)},
            "book_age_max",
            "BTCUSDT.bybit: 500001 us",
        ),
        (
            {"book": a_book(a_side("bybit"), "10001", "10000")},
            "book",
            "BTCUSDT.bybit: bid 10001 is not below ask 10000",
        ),
        (
            {"book": a_book(a_side("bybit"), "9999", "10000", quantity="0.5")},
            "depth",
            "BTCUSDT.bybit is thinner",
        ),
    ],
)
def test_a_side_that_is_not_whole_is_not_entered(
    changed: dict[str, Any], control: str, measured: str
) -> None:
    """Exchange down, book missing, old, broken or thin, terms unknown: no entry, with the word."""
    refused = _entry(("9999", "10000"), ("10040", "10041"), **changed)
    assert isinstance(refused, NoEntry)
    assert (refused.control, refused.measured) == (control, measured)


def test_the_other_side_is_looked_at_as_well() -> None:
    """What is wrong with the second side stops the entry like the first one's."""
    bybit, binance = a_side("bybit"), a_side("binance")
    refused = best_entry(
        a_pair(bybit, binance),
        a_quoted(bybit, "9999", "10000"),
        a_quoted(binance, "10040", "10041", not_ready="one-way mode"),
        ONE,
        THRESHOLDS,
        HOUR_US,
        HOUR_US,
    )
    assert isinstance(refused, NoEntry)
    assert refused.measured == "one-way mode"


@pytest.mark.parametrize("quantity", ["0", "0.0005", "1.0005", "51"])
def test_a_quantity_that_is_not_the_pairs_is_refused(quantity: str) -> None:
    """Below the minimum, off the step or above the most of one order there is no entry."""
    bybit, binance = a_side("bybit"), a_side("binance")
    first, second = a_quoted(bybit, "1", "2"), a_quoted(binance, "1", "2")
    pair = a_pair(bybit, binance)
    refused = best_entry(pair, first, second, Decimal(quantity), THRESHOLDS, HOUR_US, HOUR_US)
    assert isinstance(refused, NoEntry)
    assert refused.control == "pair_quantity"


def test_prices_of_thousands_are_brought_to_one_coin() -> None:
    """A side that counts in thousands is compared by what one coin costs."""
    more = Decimal(10**9)
    thousands = a_side("bybit", base_coin="1000PEPE", max_market_qty=more)
    singles = a_side("okx", base_coin="PEPE", qty_step=ONE, min_qty=ONE, max_market_qty=more)
    edge = best_entry(
        a_pair(thousands, singles),
        a_quoted(thousands, "0.00999", "0.01"),
        a_quoted(singles, "0.0000104", "0.0000105", book=a_book(singles, "0.0000104", "1", "9999")),
        Decimal(5000),
        THRESHOLDS,
        HOUR_US,
        HOUR_US,
    )
    assert isinstance(edge, Edge)


def test_a_pair_is_left_when_the_difference_is_gone_or_time_is_over() -> None:
    """Down to the exit's difference, or at the horizon; a missing price alone is no reason."""
    kept, gone = Decimal("0.00021"), Decimal("0.0002")
    assert wants_exit(kept, 0, THRESHOLDS) is None
    assert wants_exit(None, 0, THRESHOLDS) is None
    assert "down to 2.00 bps" in (wants_exit(gone, 0, THRESHOLDS) or "")
    assert wants_exit(None, 8 * HOUR_US, THRESHOLDS) == "the horizon is over"


def test_the_way_out_has_no_price_without_whole_books() -> None:
    """A missing, broken or thin book has no difference of an exit."""
    bybit, binance = a_side("bybit"), a_side("binance")
    long, short = a_quoted(bybit, "9999", "10000"), a_quoted(binance, "10000", "10001")
    assert exit_difference(long, short, ONE) == Decimal(2) / 9999
    assert exit_difference(replace(long, book=None), short, ONE) is None
    crossed = replace(short, book=a_book(binance, "2", "1"))
    assert exit_difference(long, crossed, ONE) is None
    assert exit_difference(long, short, Decimal(11)) is None


@given(
    middle=st.integers(9_000, 11_000),
    spreads=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    rate=st.sampled_from(["-0.01", "0", "0.003"]),
)
def test_what_may_be_entered_is_not_left_at_once(
    middle: int, spreads: tuple[int, int], rate: str
) -> None:
    """Hysteresis: no pair of books allows an entry and the exit of that entry."""
    bybit, binance = a_side("bybit"), a_side("binance")
    first = a_quoted(bybit, str(10_000 - spreads[0]), str(10_000 + spreads[0]), rate=rate)
    second = a_quoted(binance, str(middle - spreads[1]), str(middle + spreads[1]))
    edge = best_entry(a_pair(bybit, binance), first, second, ONE, THRESHOLDS, HOUR_US, HOUR_US)
    if isinstance(edge, Edge):
        long, short = (first, second) if edge.buy == bybit else (second, first)
        assert wants_exit(exit_difference(long, short, ONE), 0, THRESHOLDS) is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"entry_net_min_bps": Decimal(0)}, "has to promise something"),
        ({"horizon_us": 0}, "above zero"),
        ({"book_age_max_us": 0}, "above zero"),
        ({"move_bps_per_root_s": Decimal(-1)}, "not below zero"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(changed: dict[str, Any], why: str) -> None:
    """A rule that enters for nothing, or never looks, is no rule."""
    with pytest.raises(ValueError, match=why):
        replace(THRESHOLDS, **changed)
