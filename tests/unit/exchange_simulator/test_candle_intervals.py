"""Candle in, candle out: a recording is served exactly in its own interval and in every other."""

from array import array
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_simulator.instruments import instrument_of
from exchange_simulator.market.candles import MONTH_MS, Candle, candles, close_time_ms, open_time_ms
from exchange_simulator.market.generated import GeneratedTape
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.market.tape import CandleTape
from exchange_simulator.protocols.bybit.market_routes import INTERVALS_MS
from tests.unit.exchange_simulator.builders import START_MS

MINUTE_MS = 60_000


def recorded(minutes: int, count: int, seed: int = 1, points: int = 30) -> SymbolMarket:
    """A market made of random but possible candles of so many minutes."""
    rng = Random(seed)
    rows: list[tuple[int, int, int, int, int]] = []
    price = 600_000
    for _ in range(count):
        opened, closed = price, max(10, price + rng.randint(-900, 900))
        high = max(opened, closed) + rng.randint(0, 300)
        low = max(1, min(opened, closed) - rng.randint(0, 300))
        rows.append((opened, high, low, closed, rng.choice([0, 1, 3, 40, 9_999_999])))
        price = max(10, closed + rng.randint(-50, 50))
    columns = [array("q", column) for column in zip(*rows, strict=True)]
    tape = CandleTape(
        interval_ms=minutes * MINUTE_MS,
        volume_decimals=3,
        first_ms=START_MS,
        opens=columns[0],
        highs=columns[1],
        lows=columns[2],
        closes=columns[3],
        volumes=columns[4],
        rates={},
    )
    return SymbolMarket(instrument=instrument_of("BTCUSDT"), tape=tape, seed=seed, points=points)


def served(market: SymbolMarket, interval_ms: int, end_ms: int) -> list[Candle]:
    """All candles of an interval up to a moment."""
    return candles(market, interval_ms=interval_ms, start_ms=START_MS, end_ms=end_ms, now_ms=end_ms)


def shape(row: Candle) -> tuple[int, int, int, int, int]:
    """Prices and volume."""
    return row.open, row.high, row.low, row.close, row.volume


@pytest.mark.parametrize("minutes", [1, 3, 5, 15, 60, 240])
def test_what_was_recorded_comes_out_unchanged(minutes: int) -> None:
    """Each price and each volume of each candle, in the recording's own interval."""
    market = recorded(minutes, 60)
    end_ms = START_MS + 60 * minutes * MINUTE_MS
    rows = served(market, minutes * MINUTE_MS, end_ms)
    assert len(rows) == 60
    for number, row in enumerate(rows):
        candle = market.tape.candle(number)
        assert candle is not None
        wanted = (candle.open, candle.high, candle.low, candle.close, candle.volume)
        assert shape(row) == wanted
        assert row.open_ms == START_MS + number * minutes * MINUTE_MS


def joined(rows: list[Candle], interval_ms: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Join shorter candles by the open time of the longer ones."""
    groups: dict[int, list[Candle]] = {}
    for row in rows:
        groups.setdefault(open_time_ms(row.open_ms, interval_ms), []).append(row)
    for group in groups.values():
        yield (
            group[0].open,
            max(row.high for row in group),
            min(row.low for row in group),
            group[-1].close,
            sum(row.volume for row in group),
        )


@pytest.mark.parametrize("name", INTERVALS_MS)
def test_every_interval_joins_the_candles_inside_it(name: str) -> None:
    """Minutes to months: first open, highest high, lowest low, last close, summed volume."""
    market = recorded(60, 24 * 70)
    interval_ms = INTERVALS_MS[name]
    end_ms = START_MS + 24 * 70 * 3_600_000 - 1
    if interval_ms >= 3_600_000:
        assert [shape(row) for row in served(market, interval_ms, end_ms)] == list(
            joined(served(market, 3_600_000, end_ms), interval_ms)
        )[-len(served(market, interval_ms, end_ms)) :]
        return
    day_ms = START_MS + 24 * 3_600_000 - 1
    finer = list(joined(served(market, interval_ms, day_ms), 3_600_000))
    assert finer == [shape(row) for row in served(market, 3_600_000, day_ms)]


@pytest.mark.parametrize("name", INTERVALS_MS)
def test_candles_follow_one_another_without_gap(name: str) -> None:
    """Each opens where the one before closes, and holds its own prices."""
    interval_ms = INTERVALS_MS[name]
    market = recorded(60, 24 * 70, points=60)
    end_ms = START_MS + 24 * 69 * 3_600_000
    start_ms = max(START_MS, end_ms - 200 * interval_ms)
    rows = candles(market, interval_ms=interval_ms, start_ms=start_ms, end_ms=end_ms, now_ms=end_ms)
    assert len(rows) >= 2
    for before, after in pairwise(rows):
        assert before.close_ms == after.open_ms
    for row in rows:
        assert row.close_ms == close_time_ms(row.open_ms, interval_ms)
        assert row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high
        assert row.volume >= 0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 29))
def test_the_trades_of_a_candle_give_it_back(seed: int, part: int) -> None:
    """All trades make the candle; the first of them make its beginning and no more."""
    market = recorded(5, 3, seed)
    path = market.path(1)
    candle = market.tape.candle(1)
    assert path is not None
    assert candle is not None
    assert (path.prices[0], path.prices[-1]) == (candle.open, candle.close)
    assert (max(path.prices), min(path.prices)) == (candle.high, candle.low)
    assert sum(path.volumes) == candle.volume
    now_ms = START_MS + 5 * MINUTE_MS + part * market.step_ms
    (row,) = served(market, 5 * MINUTE_MS, now_ms)[1:]
    assert row.high == max(path.prices[: part + 1])
    assert row.low == min(path.prices[: part + 1])
    assert row.close == path.prices[part]


def generated(seed: int, symbol: str = "BTCUSDT") -> GeneratedTape:
    """A generated tape."""
    return GeneratedTape(
        symbol=symbol,
        seed=seed,
        first_ms=START_MS,
        tick_size=0.1,
        volume_decimals=3,
        interval_ms=MINUTE_MS,
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 2000), min_size=1, max_size=8))
def test_a_generated_market_is_a_function_of_seed_and_time(seed: int, asked: list[int]) -> None:
    """In whatever order candles are asked for, they are the same ones."""
    first, second = generated(seed), generated(seed)
    there = {number: first.candle(number) for number in asked}
    back = {number: second.candle(number) for number in sorted(asked, reverse=True)}
    assert there == back


def test_another_seed_or_symbol_is_another_market() -> None:
    """Nothing is shared but the form."""
    tapes = (generated(1), generated(2), generated(1, "ETHUSDT"))
    rows = [[tape.candle(number) for number in range(50)] for tape in tapes]
    assert rows[0] != rows[1]
    assert rows[0] != rows[2]


def test_a_month_is_no_fixed_number_of_days() -> None:
    """January, February and a leap February in milliseconds."""
    day_ms = 86_400_000
    for opened, days in ((1_767_225_600_000, 31), (1_769_904_000_000, 28), (1_706_745_600_000, 29)):
        assert open_time_ms(opened + 5 * day_ms, MONTH_MS) == opened
        assert close_time_ms(opened, MONTH_MS) - opened == days * day_ms


def test_volume_is_text_of_exact_units() -> None:
    """Units are thousandths here; nothing passes through a float."""
    market = recorded(1, 5)
    assert market.volume(9_999_999) == Decimal("9999.999")
