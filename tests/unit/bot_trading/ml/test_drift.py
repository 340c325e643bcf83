"""Drift is seen when inputs move, not when a week is merely another week."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.ml.drift import (
    DriftWatch,
    encode_reference,
    make_reference,
    psi,
    read_reference,
)
from bot_trading.ml.refusals import ArtifactRefused
from tests.builders.small_models import NAMES, START_US, rows

HOUR_US = 3_600_000_000
COUNT = len(NAMES)


def reference_rows(count: int = 5_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ts_us = START_US + np.arange(count) * HOUR_US // 10
    return rows(count, seed=1), ts_us, np.zeros(count, dtype=np.int16)


def test_the_index_is_what_its_formula_says() -> None:
    """Over the very rows of the reference it is zero; over shifted ones it is the sum by hand."""
    sample, ts_us, symbols = reference_rows()
    reference = make_reference(sample, ts_us, symbols)
    np.testing.assert_allclose(psi(reference, sample), 0, atol=1e-12)
    moved = sample + np.r_[2.0, np.zeros(COUNT - 1)]
    found = psi(reference, moved)
    shares = np.bincount(np.searchsorted(reference.edges[0], moved[:, 0]), minlength=10) / 5_000
    live, before = np.maximum(shares, 1e-4), reference.shares[0]
    assert found[0] == pytest.approx(float(((live - before) * np.log(live / before)).sum()))
    assert found[0] > 1
    np.testing.assert_allclose(found[1:], 0, atol=1e-12)


def test_limits_know_how_weeks_differ() -> None:
    """A feature that differs from week to week in training has a wider limit than a steady one."""
    sample, ts_us, symbols = reference_rows(20_000)
    week = (ts_us // (7 * 24 * HOUR_US)) % 2
    sample[:, 0] += np.where(week, 2.0, -2.0)
    reference = make_reference(sample, ts_us, symbols)
    assert reference.limits[0] > 1
    assert (reference.limits[1:] == 0.25).all()


def test_limits_know_how_symbols_differ() -> None:
    """A feature that is another one for each symbol may stay so when one symbol is traded alone."""
    sample, ts_us, symbols = reference_rows(20_000)
    symbols[1::2] = 1
    sample[:, 0] += np.where(symbols, 2.0, -2.0)
    limits = make_reference(sample, ts_us, symbols).limits
    assert limits[0] > 1
    assert (limits[1:] == 0.25).all()


def test_a_reference_survives_the_disk() -> None:
    """Edges come back exactly, and another shape or other bytes are refused."""
    reference = make_reference(*reference_rows())
    data = encode_reference(reference)
    again = read_reference(data, COUNT)
    np.testing.assert_array_equal(again.edges, reference.edges)
    np.testing.assert_allclose(again.shares, reference.shares, atol=1e-6)
    with pytest.raises(ArtifactRefused, match="for 6 features, not 7"):
        read_reference(data, COUNT + 1)
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        read_reference(data[:-5], COUNT)


def fed(shift: float, count: int = 900) -> DriftWatch:
    watch = DriftWatch(make_reference(*reference_rows()), rows_kept=600, rows_min=500)
    sample = rows(count, seed=8)
    sample[:, :3] += shift
    for at in range(count):
        watch.add("BTCUSDT", sample[at], START_US + at * HOUR_US)
    return watch


def test_moved_inputs_are_drift_and_others_are_not() -> None:
    """Half of the features moved is drift; the same distribution is not; few rows say nothing."""
    assert fed(3.0).is_drifting
    assert fed(3.0).drifted_share == 0.5
    assert not fed(0.0).is_drifting
    assert not fed(3.0, count=400).is_drifting


def test_old_rows_are_forgotten() -> None:
    """Once the window holds ordinary rows only, the drift is over."""
    watch = fed(3.0)
    sample = rows(600, seed=9)
    for at in range(600):
        watch.add("BTCUSDT", sample[at], START_US + (900 + at) * HOUR_US)
    assert not watch.is_drifting


def test_one_row_an_hour_and_symbol_counts() -> None:
    """Rows that follow within the hour are left out: busy symbols do not fill the window."""
    watch = DriftWatch(make_reference(*reference_rows()), rows_kept=600, rows_min=5)
    moved = np.full(COUNT, 9.0)
    for at in range(40):
        watch.add("BTCUSDT", moved, START_US + at * HOUR_US // 12)
    assert watch.drifted_share == 0
    for symbol in ("ETHUSDT", "SOLUSDT"):
        watch.add(symbol, moved, START_US)
    assert watch.drifted_share == 1
