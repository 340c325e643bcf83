"""A stream of candles has every candle once, whatever the tape's points and the interval."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_simulator.market.candles import Candle, candles
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.protocols.candle_feed import CandleFeed
from tests.unit.exchange_simulator.builders import START_MS
from tests.unit.exchange_simulator.test_candle_intervals import MINUTE_MS, recorded


def walk(market: SymbolMarket, interval_ms: int, steps: int) -> list[tuple[Candle, bool]]:
    """What a feed tells over so many market steps, closes before trades as in the engine."""
    feed = CandleFeed(market, interval_ms, START_MS)
    told: list[tuple[Candle, bool]] = []
    for step in range(1, steps):
        moment_ms = market.step_time_ms(step)
        if not (moment_ms - START_MS) % market.tape.interval_ms:
            told += feed.closed(moment_ms)
        market.goto_step(step)
        told += feed.traded(market.trade())
    return told


def shape(row: Candle) -> tuple[int, int, int, int, int, int]:
    """Open time, prices and volume."""
    return row.open_ms, row.open, row.high, row.low, row.close, row.volume


@settings(max_examples=25, deadline=None)
@given(
    minutes=st.sampled_from([1, 5, 15]),
    points=st.sampled_from([4, 6, 10, 60]),
    interval=st.sampled_from([1, 3, 5, 15, 30, 60]),
    seed=st.integers(1, 99),
)
def test_ended_candles_are_those_of_the_candle_endpoint(
    minutes: int, points: int, interval: int, seed: int
) -> None:
    """Every candle is confirmed once, in order, without a hole, and equals the queried one."""
    market = recorded(minutes, 130 // minutes + 2, seed=seed, points=points)
    told = walk(market, interval * MINUTE_MS, (130 // minutes) * points)
    ended = [shape(candle) for candle, over in told if over]
    assert all(b[0] - a[0] == interval * MINUTE_MS for a, b in pairwise(ended))
    now_ms = market.step_time_ms(market.step)
    queried = candles(
        market, interval_ms=interval * MINUTE_MS, start_ms=START_MS, end_ms=now_ms, now_ms=now_ms
    )
    closed = [shape(row) for row in queried if row.close_ms <= now_ms]
    assert ended == closed[: len(ended)]
    assert len(closed) - len(ended) <= 1


def test_a_minute_without_a_point_is_a_flat_candle() -> None:
    """Four points in five minutes leave the fifth without one; it stands at the last price."""
    market = recorded(5, 4, points=4)
    end_ms = START_MS + 10 * MINUTE_MS
    rows = candles(
        market, interval_ms=MINUTE_MS, start_ms=START_MS, end_ms=end_ms - 1, now_ms=end_ms
    )
    assert [row.open_ms for row in rows] == list(range(START_MS, end_ms, MINUTE_MS))
    for empty in (4, 9):
        before, row = rows[empty - 1], rows[empty]
        assert shape(row)[1:] == (before.close, before.close, before.close, before.close, 0)


@pytest.mark.parametrize("interval", [1, 5])
def test_an_open_candle_is_told_at_every_trade(interval: int) -> None:
    """Its high and low only widen until it ends."""
    told = walk(recorded(5, 3, points=30), interval * MINUTE_MS, 60)
    opened = [over for _, over in told].count(False)
    assert opened == 59
