"""The last day's statistics: what is kept between two questions never shows in an answer."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_simulator.instruments import instrument_of
from exchange_simulator.market.candles import candles, open_time_ms
from exchange_simulator.market.day import DayStatistics, day_statistics
from exchange_simulator.market.generated import GeneratedTape
from exchange_simulator.market.symbol import SymbolMarket
from tests.unit.exchange_simulator.builders import START_MS, make_exchange

DAY_MS, HOUR_MS = 86_400_000, 3_600_000


def _market(interval_min: int, seed: int) -> SymbolMarket:
    tape = GeneratedTape(
        symbol="BTCUSDT",
        seed=seed,
        first_ms=START_MS - 2 * DAY_MS,
        tick_size=0.1,
        volume_decimals=3,
        interval_ms=interval_min * 60_000,
    )
    return SymbolMarket(instrument=instrument_of("BTCUSDT"), tape=tape, seed=seed, points=6)


def _counted_anew(market: SymbolMarket, now_ms: int) -> DayStatistics:
    """The rule in plain words: the candles of 24 hours, the open one included."""
    length_ms = max(HOUR_MS, market.tape.interval_ms)
    first_ms = open_time_ms(now_ms - DAY_MS, length_ms) + length_ms
    hours = candles(market, interval_ms=length_ms, start_ms=first_ms, end_ms=now_ms, now_ms=now_ms)
    return DayStatistics(
        price_day_ago=hours[0].open,
        price_hour_ago=hours[-1].open,
        high=max(candle.high for candle in hours),
        low=min(candle.low for candle in hours),
        volume=sum(candle.volume for candle in hours),
        turnover=sum((candle.turnover(market) for candle in hours), Decimal(0)),
    )


@given(
    st.sampled_from([1, 5, 45, 60, 1440]),
    st.integers(1, 50),
    st.lists(st.integers(1, 5_400_000), min_size=1, max_size=8),
)
@settings(max_examples=40, deadline=None)
def test_statistics_are_those_of_the_candles_at_any_moment(
    interval_min: int, seed: int, waits_ms: list[int]
) -> None:
    """However the moments follow each other, and whether or not candles divide an hour."""
    market, now_ms = _market(interval_min, seed), START_MS
    for wait_ms in waits_ms:
        now_ms += wait_ms
        market.goto(now_ms)
        assert day_statistics(market, now_ms) == _counted_anew(market, now_ms)


def test_a_tape_that_ended_long_ago_stands_at_its_last_price() -> None:
    """Where a day holds no candle, all prices are the last one and nothing traded."""
    market = make_exchange(["100.0", "110.0"]).markets["BTCUSDT"]
    market.goto(START_MS + 3 * DAY_MS)
    told = day_statistics(market, START_MS + 3 * DAY_MS)
    assert (told.price_day_ago, told.high, told.low) == (1100, 1100, 1100)
    assert (told.volume, told.turnover) == (0, Decimal(0))
