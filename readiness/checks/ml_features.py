"""Features under judgement: streamed, asked for and computed in a batch they are one, and blind.

Candles are made here from a seed, calm and stormy, so that nothing beside the checkout is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from bot_trading.features.catalog import FEATURES
from bot_trading.features.columns import CandleColumns, FundingColumns, derive_columns
from bot_trading.features.engineer import FeatureEngineer
from bot_trading.features.kernel import batch_features
from bot_trading.features.stream import FeatureStream
from bot_trading.features.window import (
    COLUMNS,
    WARMUP_ROWS,
    WINDOW_ROWS,
    CandleTable,
    Floats,
    MalformedCandles,
)
from bot_trading.ml.leaks import future_cut_off
from readiness.check import Evidence, Finding, Severity

__all__ = ["SYMBOLS", "judge_features", "made_table"]

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
DIFFERENCE_MAX = 1e-9
FEATURES_MIN = 240
_START_US = 1_758_672_000_000_000  # 2025-09-24 00:00 UTC.
_STEP_US = 300_000_000
_DAY_ROWS = 288
_FIX = "Compare with docs/features.md and run tests/property/features"

Compute = Callable[[CandleTable], Floats]


def made_table(rows: int, seed: int) -> CandleTable:
    """A market of so many rows with its context; the same seed gives the same candles."""
    count = rows + _DAY_ROWS - 1
    stamps = _START_US + 96 * _STEP_US * np.arange(count // 96 + 1)
    rates = np.random.default_rng(seed).normal(1e-4, 1e-4, len(stamps))
    return derive_columns(
        _candles(count, seed, 100.0),
        funding=FundingColumns(ts_settled_us=stamps, rate=rates),
        btc=_candles(count, seed + 1_000, 60_000.0),
        eth=_candles(count, seed + 2_000, 3_000.0),
    )


def judge_features(
    rows: int, seed: int = 1, compute: Compute = batch_features
) -> tuple[list[Finding], list[Evidence]]:
    """Stream, query and batch give one number; the future changes none; bad rows are refused."""
    tables = {symbol: made_table(rows, seed + at) for at, symbol in enumerate(SYMBOLS)}
    wholes = {symbol: compute(table) for symbol, table in tables.items()}
    streamed = _streamed_difference(tables, wholes)
    queried = _queried_difference(tables[SYMBOLS[0]], wholes[SYMBOLS[0]])
    cut = future_cut_off(tables[SYMBOLS[0]], [WARMUP_ROWS + 20, rows - 40, rows - 1], compute)
    missed = _not_refused(tables[SYMBOLS[0]])
    told = (
        ("features per candle", len(FEATURES) >= FEATURES_MIN, f"{len(FEATURES)}", "at least 240"),
        ("stream against batch", streamed <= DIFFERENCE_MAX, f"{streamed:.3g}", "at most 1e-9"),
        ("query against batch", queried <= DIFFERENCE_MAX, f"{queried:.3g}", "at most 1e-9"),
        ("future cut off", cut.passed, cut.measured, cut.limit),
        ("bad rows accepted", not missed, ", ".join(missed) or "none", f"none of {len(_DAMAGES)}"),
    )
    evidence = [
        Evidence(what=what, measured=measured, limit=limit, source=f"{rows} rows, seed {seed}")
        for what, _, measured, limit in told
    ]
    findings = [
        Finding(
            rule_id="ml-features-" + what.replace(" ", "-"),
            severity=Severity.CRITICAL,
            message=f"{what}: {measured}, expected {limit}",
            fix=_FIX,
        )
        for what, passed, measured, limit in told
        if not passed
    ]
    return findings, evidence


def _candles(count: int, seed: int, first: float) -> CandleColumns:
    """A walk by seed: calm and stormy by turns, flat for an hour, and once without any trade."""
    rng = np.random.default_rng(seed)
    sigma = 0.0005 + 0.004 * (np.sin(np.arange(count) / 40) > 0)
    moves = rng.normal(0, 1, count) * sigma
    moves[count // 2 : count // 2 + 12] = 0.0
    close = first * np.exp(np.cumsum(moves))
    opens = np.r_[first, close[:-1]]
    reach = 1 + np.abs(rng.normal(0, 0.5, (2, count))) * sigma
    volume = rng.gamma(2.0, 5.0, count)
    volume[count // 2 : count // 2 + 3] = 0.0
    return CandleColumns(
        ts_open_us=_START_US + _STEP_US * np.arange(count),
        open=opens,
        high=np.maximum(opens, close) * reach[0],
        low=np.minimum(opens, close) / reach[1],
        close=close,
        volume=volume,
    )


def _streamed_difference(tables: dict[str, CandleTable], wholes: dict[str, Floats]) -> float:
    """The largest relative difference of any feature of any row; infinite where one is missing."""
    stream = FeatureStream(list(tables))
    matrices = {symbol: table.matrix() for symbol, table in tables.items()}
    worst = 0.0
    for row in range(len(next(iter(tables.values())))):
        found = stream.update({symbol: matrix[:, row] for symbol, matrix in matrices.items()})
        if row >= WARMUP_ROWS:
            wanted = np.stack([wholes[symbol][row] for symbol in tables])
            worst = max(worst, _difference(found, wanted))
    return worst


def _queried_difference(table: CandleTable, whole: Floats) -> float:
    """The user's query, 200 rows newest first, beside the batch's last row."""
    matrix = table.matrix()[:, -WINDOW_ROWS:]
    rows = []
    for column in reversed(matrix.T):
        row = dict(zip(COLUMNS, column.tolist(), strict=True))
        row["timestamp"] = datetime.fromtimestamp(row.pop("ts_open_us") / 1e6, tz=UTC)
        rows.append(row)
    found = FeatureEngineer.calculate_features(rows).values_row[0]
    return _difference(found, whole[-1])


def _difference(found: Floats, wanted: Floats) -> float:
    if found.shape != wanted.shape or not np.isfinite(found + wanted).all():
        return float("inf")
    return float(np.max(np.abs(found - wanted) / np.maximum(np.abs(wanted), 1.0)))


def _not_refused(table: CandleTable) -> list[str]:
    """Kinds of bad rows that a batch computed from all the same."""
    missed = []
    for kind, damage in _DAMAGES.items():
        matrix = table.matrix()
        damage(matrix)
        try:
            batch_features(_rebuilt(matrix, 100 if kind == "too few" else len(table)))
        except MalformedCandles:
            continue
        missed.append(kind)
    return missed


def _rebuilt(matrix: Floats, rows: int) -> CandleTable:
    named = dict(zip(COLUMNS, matrix[:, :rows], strict=True))
    stamps = named.pop("ts_open_us").astype(np.int64)
    return CandleTable(ts_open_us=stamps, **named)


def _gap(matrix: Floats) -> None:
    matrix[0, 250:] += _STEP_US


def _duplicate(matrix: Floats) -> None:
    matrix[:, 250] = matrix[:, 249]


def _not_a_number(matrix: Floats) -> None:
    matrix[COLUMNS.index("close"), 250] = np.nan


def _no_funding(matrix: Floats) -> None:
    matrix[COLUMNS.index("funding_rate"), 250] = np.nan


def _impossible(matrix: Floats) -> None:
    matrix[COLUMNS.index("high"), 250] = matrix[COLUMNS.index("low"), 250] / 2


def _nothing(matrix: Floats) -> None:
    """Whole rows, of which too few are taken."""


_DAMAGES: dict[str, Callable[[Floats], None]] = {
    "gap": _gap,
    "duplicate": _duplicate,
    "not a number": _not_a_number,
    "funding not known": _no_funding,
    "impossible range": _impossible,
    "too few": _nothing,
}
