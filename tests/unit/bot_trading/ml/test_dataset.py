"""Rows hold the serving features of their candle and the outcome of an entry after it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from bot_trading.domain.signal import BarrierSpec
from bot_trading.features.catalog import feature_names
from bot_trading.features.kernel import batch_features
from bot_trading.features.window import WARMUP_ROWS, MalformedCandles
from bot_trading.ml.candles import until
from bot_trading.ml.dataset import Dataset, Sources, build, data_sha256, table_of
from bot_trading.ml.labels import Costs, barrier_outcomes
from bot_trading.ml.refusals import CandlesRefused
from tests.builders.small_market import market
from tests.builders.small_models import START_US

BARRIER = BarrierSpec(stop_ratio=Decimal("0.006"), target_ratio=Decimal("0.009"), horizon_s=900)
COSTS = Costs()
DAY_US = 86_400_000_000


def sources(days: int = 6) -> Sources:
    whole = market()
    end_us = START_US + days * DAY_US
    return replace(whole, candles={n: until(s, end_us) for n, s in whole.candles.items()})


def built(**changes: Any) -> Dataset:
    return build(replace(sources(), **changes), BARRIER, COSTS)


def test_features_and_outcomes_belong_to_one_candle() -> None:
    """Each row is the batch feature row of its candle with the outcome from the next open on."""
    data = built()
    table = table_of(sources(), "ETHUSDT")
    features = batch_features(table)
    series = sources().candles["ETHUSDT"]
    outcome = barrier_outcomes(series, BARRIER, is_long=False)
    mine = np.flatnonzero(data.symbol_at == 1)
    for at in mine[[0, 57, -1]]:
        opened_us = data.decided_us[at] - 300_000_000
        row = int(np.searchsorted(series.ts_open_us, opened_us))
        in_table = int(np.searchsorted(table.ts_open_us, opened_us))
        np.testing.assert_array_equal(data.rows[at], features[in_table])
        assert data.short.gross[at] == outcome.gross_return[row]
        assert data.short.exit_us[at] == series.ts_open_us[outcome.exit_row[row]] + 300_000_000
        assert data.close[at] == series.close[row]
    assert data.names == feature_names()
    assert data.symbols == ("BTCUSDT", "ETHUSDT")


def test_nothing_is_unknown_or_early() -> None:
    """Every feature is finite, warm-up rows and rows without an outcome are left out."""
    data = built()
    assert np.isfinite(data.rows).all()
    assert (data.long.exit_us > data.decided_us).all()
    assert data.decided_us.min() >= START_US + DAY_US + WARMUP_ROWS * 300_000_000
    assert data.decided_us.max() <= START_US + 6 * DAY_US - 900 * 1_000_000
    assert set(np.unique(data.long.win)) == {0.0, 1.0}
    assert data.long.win.tolist() == (data.long.gross > COSTS.round_trip_ratio).tolist()


def test_filled_candles_spoil_their_whole_look_back() -> None:
    """No row looks back on a candle that was not there."""
    whole = sources()
    missing_us = START_US + 3 * DAY_US
    series = whole.candles["ETHUSDT"]
    torn = series.take(series.ts_open_us != missing_us)
    data = build(replace(whole, candles=dict(whole.candles) | {"ETHUSDT": torn}), BARRIER, COSTS)
    opened_us = data.decided_us[data.symbol_at == 1] - 300_000_000
    reach_us = WARMUP_ROWS * 300_000_000
    assert not ((opened_us >= missing_us) & (opened_us <= missing_us + reach_us)).any()
    assert (opened_us == missing_us + reach_us + 300_000_000).any()


def test_funding_is_paid_by_longs_for_settlements_passed() -> None:
    """An entry over a settlement pays its rate, the short receives it; others pay nothing."""
    data = built()
    period_us = 8 * 3_600_000_000
    crossed = data.long.exit_us // period_us - data.decided_us // period_us
    np.testing.assert_allclose(data.long.funding, crossed * 0.0001, atol=1e-12)
    np.testing.assert_allclose(
        data.short.funding,
        -0.0001 * (data.short.exit_us // period_us - data.decided_us // period_us),
        atol=1e-12,
    )
    assert crossed.max() == 1


def test_thinning_leaves_labels_that_do_not_overlap() -> None:
    """Every third candle of a horizon of three has its own label; the later part stays whole."""
    data = built()
    split_us = int(np.median(data.decided_us))
    thinned = data.thinned(3, split_us)
    early = thinned.take(thinned.decided_us < split_us)
    assert early.uniqueness().min() == 1.0
    assert data.uniqueness().mean() < 0.6
    late = data.decided_us >= split_us
    assert (thinned.decided_us >= split_us).sum() == late.sum()
    assert abs(len(early) * 3 - (~late).sum()) < 10


def test_what_cannot_be_built_is_refused() -> None:
    """Missing BTC or ETH, missing funding and too few candles are refused by name."""
    whole = sources()
    only = {"ETHUSDT": whole.candles["ETHUSDT"]}
    with pytest.raises(CandlesRefused, match="candles of BTCUSDT are missing"):
        built(candles=only)
    with pytest.raises(CandlesRefused, match="no funding rates"):
        built(funding={})
    assert len(built(funding={}, assumed_funding_rate=0.0001)) == len(built())
    short = {n: until(s, START_US + 2 * DAY_US - 900_000_000) for n, s in whole.candles.items()}
    few = {n: s.take(slice(0, 288 + 100)) for n, s in short.items()}
    with pytest.raises(MalformedCandles, match="too few"):
        built(candles=few)


def test_the_data_has_one_checksum() -> None:
    """It stays the same for the same data and changes with a single volume."""
    whole = sources()
    assert data_sha256(whole) == data_sha256(sources())
    series = whole.candles["BTCUSDT"]
    volume = series.volume.copy()
    volume[5] += 1
    changed = dict(whole.candles) | {"BTCUSDT": replace(series, volume=volume)}
    assert data_sha256(replace(whole, candles=changed)) != data_sha256(whole)
