"""Market data: paths make their candle again, any interval agrees, generated markets move."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.clock import SimulatedClock
from exchange_simulator.instruments import instrument_of
from exchange_simulator.market.candles import MONTH_MS, candles, close_time_ms, open_time_ms
from exchange_simulator.market.generated import GeneratedTape
from exchange_simulator.market.path import path_of
from exchange_simulator.market.replay import candle_files, load_market
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.market.tape import TapeCandle
from tests.unit.exchange_simulator.builders import START_MS

REAL = Path(__file__).parents[4] / "shared" / "data" / "market" / "bybit" / "linear" / "5m"


@given(
    prices=st.lists(st.integers(1, 10**7), min_size=4, max_size=4),
    volume=st.integers(0, 10**6),
    points=st.integers(4, 120),
    seed=st.integers(0, 2**40),
)
def test_a_path_makes_its_candle_again(
    prices: list[int], volume: int, points: int, seed: int
) -> None:
    """First, highest, lowest and last price, and the sum of volumes, are the candle's."""
    low, first, last, high = min(prices), prices[0], prices[1], max(prices)
    candle = TapeCandle(open_ms=START_MS, open=first, high=high, low=low, close=last, volume=volume)
    path = path_of(candle, points=points, seed=seed)
    assert len(path.prices) == len(path.volumes) == len(path.buyers) == points
    assert (path.prices[0], path.prices[-1]) == (first, last)
    assert (min(path.prices), max(path.prices)) == (low, high)
    assert sum(path.volumes) == volume
    assert min(path.volumes) >= 0
    assert path == path_of(candle, points=points, seed=seed)


def test_anchors_trade_when_there_is_volume() -> None:
    """With four units or more, open, high, low and close are each traded."""
    candle = TapeCandle(open_ms=START_MS, open=100, high=140, low=60, close=120, volume=4)
    path = path_of(candle, points=60, seed=1)
    traded = [price for price, units in zip(path.prices, path.volumes, strict=True) if units]
    assert (traded[0], max(traded), min(traded), traded[-1]) == (100, 140, 60, 120)


def generated(seed: int = 7) -> SymbolMarket:
    """A generated market of BTCUSDT."""
    instrument = instrument_of("BTCUSDT")
    tape = GeneratedTape(
        symbol="BTCUSDT", seed=seed, first_ms=START_MS, tick_size=0.1, volume_decimals=3
    )
    return SymbolMarket(instrument=instrument, tape=tape, seed=seed, points=60)


@pytest.mark.parametrize("minutes", [3, 5, 15, 60])
def test_longer_candles_are_joined_from_shorter_ones(minutes: int) -> None:
    """Any multiple agrees with the one-minute candles inside it."""
    market = generated()
    now = START_MS + 400 * 60_000
    span = {"start_ms": START_MS, "end_ms": now, "now_ms": now}
    short = candles(market, interval_ms=60_000, **span)
    for candle in candles(market, interval_ms=minutes * 60_000, **span)[:-1]:
        inside = [row for row in short if candle.open_ms <= row.open_ms < candle.close_ms]
        assert candle.open == inside[0].open
        assert candle.close == inside[-1].close
        assert candle.high == max(row.high for row in inside)
        assert candle.low == min(row.low for row in inside)
        assert candle.volume == sum(row.volume for row in inside)


def test_the_open_candle_knows_nothing_of_the_future() -> None:
    """A candle read halfway equals the same candle with the future cut off."""
    market = generated()
    now = START_MS + 90_000
    half = candles(market, interval_ms=60_000, start_ms=START_MS, end_ms=now, now_ms=now)[-1]
    path = market.path(1)
    assert path is not None
    seen = path.prices[:31]
    assert (half.high, half.low, half.close) == (max(seen), min(seen), seen[-1])


def test_generated_markets_move_both_ways_within_half_an_hour() -> None:
    """Nearly every half hour rises and falls by more than half a percent somewhere."""
    both = 0
    for seed in range(60):
        market = generated(seed)
        closes = []
        for index in range(200, 230):
            candle = market.candle(index)
            assert candle is not None
            closes.append(candle.close)
        rise = max(b / a for i, a in enumerate(closes) for b in closes[i:]) - 1
        fall = min(b / a for i, a in enumerate(closes) for b in closes[i:]) - 1
        both += rise > 0.005 and fall < -0.005
    assert both >= 57


def test_a_generated_tape_is_continuous_and_possible() -> None:
    """Each candle opens where the last one closed, and holds its own extremes."""
    market = generated()
    before = market.candle(0)
    for index in range(1, 3000):
        candle = market.candle(index)
        assert before is not None
        assert candle is not None
        assert candle.open == before.close
        assert candle.low <= min(candle.open, candle.close)
        assert candle.high >= max(candle.open, candle.close)
        assert candle.volume > 0
        before = candle


def test_the_book_is_sound_at_every_step() -> None:
    """Bids fall, asks rise, they never meet, and every level holds something."""
    market = generated()
    for step in range(0, 6000, 7):
        market.goto_step(step)
        bids = [row for _, row in zip(range(20), market.levels(bids=True), strict=False)]
        asks = [row for _, row in zip(range(20), market.levels(bids=False), strict=False)]
        assert [ticks for ticks, _ in bids] == sorted({t for t, _ in bids}, reverse=True)
        assert [ticks for ticks, _ in asks] == sorted({t for t, _ in asks})
        assert bids[0][0] < asks[0][0]
        assert all(steps > 0 for _, steps in bids + asks)


def test_a_basis_shifts_every_price() -> None:
    """Another exchange's market is the same one at another price."""
    plain, shifted = generated(), generated()
    shifted.basis_ticks = 50
    assert shifted.last_ticks == plain.last_ticks + 50
    assert shifted.mark - plain.mark == Decimal("5.00")


def test_months_are_those_of_the_calendar() -> None:
    """February has 28 days in 2026, and its candle joins all of them."""
    january, february, march = (
        int(datetime(2026, month, 1, tzinfo=UTC).timestamp()) * 1000 for month in (1, 2, 3)
    )
    assert open_time_ms(february - 1, MONTH_MS) == january
    assert close_time_ms(january, MONTH_MS) == february
    assert close_time_ms(february, MONTH_MS) == march


def test_weeks_open_on_monday() -> None:
    """2026-01-05 is a Monday."""
    assert open_time_ms(START_MS + 3 * 86_400_000, 7 * 86_400_000) == START_MS


def test_market_time_runs_at_its_speed_and_never_back() -> None:
    """Sixty market seconds per second; an earlier wall time is ignored."""
    clock = SimulatedClock(wall_us=0, market_us=1_000_000, speed=Fraction(60))
    clock.tell(2_000_000)
    assert (clock.wall_us, clock.market_us) == (2_000_000, 121_000_000)
    clock.tell(1_000_000)
    assert clock.market_us == 121_000_000
    assert clock.wall_us_at(121_000_000) == 2_000_000


@pytest.mark.real_market
@pytest.mark.skipif(not REAL.is_dir(), reason="recorded candles are not on this machine")
def test_recorded_candles_are_served_exactly() -> None:
    """Every tick of recorded candles survives; volumes too."""
    file = candle_files([REAL], ["APEUSDT"])["APEUSDT"]
    instrument, tape = load_market("APEUSDT", file)
    frame = pl.read_parquet(file)
    for index in range(0, frame.height, 501):
        candle = tape.candle(index)
        assert candle is not None
        row = frame.row(index, named=True)
        for name in ("open", "high", "low", "close"):
            price = instrument.price_of(getattr(candle, name))
            assert price == Decimal(str(row[name]))
        assert Decimal(candle.volume).scaleb(-tape.volume_decimals) == Decimal(str(row["volume"]))
    assert len(tape.funding_rates()) == 749


def test_decimals_may_come_late_in_a_csv(tmp_path: Path) -> None:
    """A tape that begins with whole numbers is read to its end, whatever comes after."""
    file = tmp_path / "BTCUSDT.csv"
    rows = ["ts,open,high,low,close,volume"]
    for minute in range(300):
        price = "3000" if minute < 250 else "3001.5"
        rows.append(f"{START_MS + minute * 60_000},{price},{price},{price},{price},1")
    file.write_text("\n".join(rows))
    _, tape = load_market("BTCUSDT", file)
    candle = tape.candle(299)
    assert candle is not None
    assert candle.close * instrument_of("BTCUSDT").tick_size == Decimal("3001.5")
