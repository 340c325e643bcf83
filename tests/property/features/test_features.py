"""What must hold for features of any candles that a market can make."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot_trading.features.catalog import FEATURES
from bot_trading.features.kernel import batch_features
from bot_trading.features.stream import FeatureStream
from bot_trading.features.window import (
    COLUMNS,
    WARMUP_ROWS,
    WINDOW_ROWS,
    CandleTable,
    Floats,
    table_from,
)
from tests.builders.feature_tables import START_US, STEP_US, a_batch

pytestmark = pytest.mark.timeout(600)

ROWS = 320
PRICES = [k for k, name in enumerate(COLUMNS) if name.startswith(("open", "high", "low", "close"))]
VOLUMES = [k for k, name in enumerate(COLUMNS) if name.startswith("volume")]
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

segments = st.lists(
    st.tuples(
        st.sampled_from(["walk", "flat", "dead", "jump", "crash", "saw", "climb"]),
        st.integers(1, 150),
        st.integers(0, 2**32 - 1),
    ),
    min_size=1,
    max_size=8,
)


def _closes(kind: str, count: int, rng: np.random.Generator, last: float) -> Floats:
    """Closes of one stretch of market, from its last one on, on a grid of a ten-thousandth."""
    steps = {
        "walk": lambda: rng.normal(0, 0.003, count),
        "flat": lambda: np.zeros(count),
        "dead": lambda: np.zeros(count),
        "jump": lambda: rng.choice([0, 0, 0.4, -0.4], count),
        "crash": lambda: np.full(count, -0.02),
        "saw": lambda: np.where(np.arange(count) % 2, 0.01, -0.01),
        "climb": lambda: np.full(count, 0.001),
    }[kind]()
    path = np.clip(last * np.exp(np.cumsum(steps)), 1e-3, 1e9)
    return np.asarray(np.maximum(np.round(path, 4), 1e-3))


def _candles(kinds: list[tuple[str, int, int]], rows: int) -> Floats:
    """Open, high, low, close and volume of the stretches, repeated until they fill the rows."""
    parts: list[Floats] = []
    last, filled = 100.0, 0
    while filled < rows:
        for kind, count, seed in kinds:
            rng = np.random.default_rng(seed)
            close = _closes(kind, count, rng, last)
            opened = np.r_[last, close[:-1]]
            wick = 0.0 if kind in ("flat", "dead") else 0.001
            high = np.maximum(opened, close) * (1 + wick * rng.random(count))
            low = np.minimum(opened, close) * (1 - wick * rng.random(count))
            volume = np.round(rng.lognormal(5, 2, count), 3) * (kind != "dead")
            parts.append(np.stack([opened, high, low, close, volume]))
            last, filled = close[-1], filled + count
    return np.concatenate(parts, axis=1)[:, :rows]


def _table(kinds: list[tuple[str, int, int]], rows: int = ROWS) -> CandleTable:
    """A table whose context has the same stretches in another order."""
    matrix = np.empty((len(COLUMNS), rows))
    matrix[0] = START_US + STEP_US * np.arange(rows)
    matrix[1:6] = _candles(kinds, rows)
    matrix[6], matrix[7] = _candles(kinds[::-1], rows)[3], _candles(kinds[1:] + kinds[:1], rows)[3]
    matrix[8] = 1e-4 * np.sign(np.sin(np.arange(rows) / 50))
    for place, step in enumerate((12, 48, 288)):
        held = (np.arange(rows) // step) * step
        matrix[9 + 5 * place : 14 + 5 * place] = matrix[1:6, held]
    return table_from(matrix)


@FEW
@given(segments)
def test_features_are_numbers_after_the_warm_up(kinds: list[tuple[str, int, int]]) -> None:
    """Flat, dead, jumping or crashing: the first 199 rows are NaN, every later value is finite."""
    features = batch_features(_table(kinds))
    assert np.isnan(features[:WARMUP_ROWS]).all()
    wrong = ~np.isfinite(features[WARMUP_ROWS:]).all(axis=0)
    assert [FEATURES[k].name for k in np.flatnonzero(wrong)] == []


@FEW
@given(segments, st.integers(WARMUP_ROWS, ROWS - 1))
def test_the_past_and_the_future_change_nothing(
    kinds: list[tuple[str, int, int]], row: int
) -> None:
    """A row's features are the same bits with the future cut off, and on its 200 rows alone."""
    table = _table(kinds)
    whole = batch_features(table)[row]
    assert (batch_features(table.cut(0, row + 1))[row] == whole).all()
    assert (batch_features(table.cut(row - WARMUP_ROWS, row + 1))[-1] == whole).all()


@FEW
@given(segments, segments)
def test_a_stream_is_its_batch(
    kinds: list[tuple[str, int, int]], others: list[tuple[str, int, int]]
) -> None:
    """Streamed rows of two symbols in one call are the same bits as their batches."""
    tables = {"AUSDT": _table(kinds), "BUSDT": _table(others)}
    batches = {symbol: batch_features(table) for symbol, table in tables.items()}
    stream = FeatureStream(list(tables))
    matrices = {symbol: table.matrix() for symbol, table in tables.items()}
    for row in range(ROWS):
        streamed = stream.update({symbol: matrices[symbol][:, row] for symbol in tables})
        for place, symbol in enumerate(tables):
            assert np.array_equal(streamed[place], batches[symbol][row], equal_nan=True)


@FEW
@given(segments, st.integers(-6, 6), st.integers(-6, 6), st.integers(-6, 6))
def test_features_have_no_scale(
    kinds: list[tuple[str, int, int]], price: int, volume: int, context: int
) -> None:
    """Prices, volumes and the context's prices times a power of four give the same bits."""
    table = _table(kinds)
    scaled = table.matrix()
    scaled[PRICES] *= 4.0**price
    scaled[VOLUMES] *= 4.0**volume
    scaled[6] *= 4.0**context
    scaled[7] *= 4.0**-context
    before, after = batch_features(table), batch_features(table_from(scaled))
    changed = (before[WARMUP_ROWS:] != after[WARMUP_ROWS:]).any(axis=0)
    assert [FEATURES[k].name for k in np.flatnonzero(changed)] == []


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-4, 1e4), st.floats(1e-4, 1e4), st.floats(1e-4, 1e4))
def test_features_have_no_unit(price: float, volume: float, context: float) -> None:
    """Any other factor changes features of real-looking candles by rounding only."""
    table, before = a_batch()
    scaled = table.matrix()
    scaled[PRICES] *= price
    scaled[VOLUMES] *= volume
    scaled[6] *= context
    after = batch_features(table_from(scaled))[WARMUP_ROWS:]
    np.testing.assert_allclose(after, before[WARMUP_ROWS:], rtol=1e-7, atol=1e-8)


def _older_replaced(table: CandleTable, keep: int, kind: str) -> Floats:
    """The last row's features when all but the last `keep` rows are another market's."""
    matrix = table.matrix()
    older = slice(0, len(table) - keep)
    first = matrix[1:, len(table) - keep]
    if kind == "same":  # The market stood still before.
        matrix[1:, older] = first[:, None]
    elif kind == "dead":  # So it did, without a trade and within the first kept candle.
        matrix[1:, older] = first[:, None]
        matrix[1:5, older] = (matrix[2, len(table) - keep] + matrix[3, len(table) - keep]) / 2
        matrix[5, older] = 0.0
    elif kind == "low":  # It stood at half the price.
        matrix[1:, older] = first[:, None]
        matrix[np.array(PRICES), older] *= 0.5
    else:
        other = _table([("walk", 60, 1), ("saw", 3, 2), ("jump", 40, 3)], len(table)).matrix()
        other[PRICES] *= 5.0
        other[8] *= 3
        matrix[1:, older] = other[1:, older]
    return np.asarray(batch_features(table_from(matrix[:, -WINDOW_ROWS:].copy()))[-1])


def _markets() -> list[CandleTable]:
    """Tables that end in different situations."""
    walks = [a_batch(500, seed)[0] for seed in (1, 2, 3)]
    return [*walks, _table([("walk", 250, 7), ("climb", 70, 8)])]


def test_no_feature_looks_further_back_than_declared() -> None:
    """Rows older than the look-back may be anything, and the value is the same bits."""
    table, features = a_batch()
    for keep in sorted({feature.lookback_rows for feature in FEATURES}):
        same = _older_replaced(table, keep, "high") == features[-1]
        reached = [
            feature.name
            for feature, is_same in zip(FEATURES, same, strict=True)
            if feature.lookback_rows <= keep and not is_same
        ]
        assert reached == []


def test_look_backs_are_not_overstated() -> None:
    """With one row less than declared some market changes the value."""
    asked = defaultdict(list)
    for place, feature in enumerate(FEATURES):
        if feature.lookback_rows > 1:
            asked[feature.lookback_rows].append(place)
    untouched = []
    for rows, places in asked.items():
        changed = np.zeros(len(FEATURES), dtype=bool)
        for table in _markets():
            now = batch_features(table)[-1]
            for kind in ("low", "high", "same", "dead"):
                changed |= _older_replaced(table, rows - 1, kind) != now
        untouched += [FEATURES[place].name for place in places if not changed[place]]
    assert untouched == []
