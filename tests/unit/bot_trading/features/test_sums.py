"""Sums over windows against numpy, in plain Python and compiled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.features import sums

pytestmark = pytest.mark.timeout(600)

values = st.lists(
    st.integers(-1000, 1000).map(lambda value: value / 8), min_size=3, max_size=60
).map(np.array)


def _plain(name: str):  # type: ignore[no-untyped-def]
    """The Python function behind a compiled one."""
    return getattr(sums, name).py_func


@given(values, st.data())
def test_totals_extremes_and_ranks_are_numpys(x: np.ndarray, data: st.DataObject) -> None:
    """Each is taken over the last n values up to row i, and over nothing else."""
    i = data.draw(st.integers(1, x.size - 1))
    n = data.draw(st.integers(2, i + 1))
    w = x[i + 1 - n : i + 1]
    assert _plain("total")(x, i, n) == pytest.approx(w.sum())
    assert _plain("highest")(x, i, n) == w.max()
    assert _plain("lowest")(x, i, n) == w.min()
    sizes = np.abs(w)
    below = (sizes[:-1] < sizes[-1]).sum() + 0.5 * (sizes[:-1] == sizes[-1]).sum()
    assert _plain("rank")(np.abs(x), i, n) == pytest.approx(below / (n - 1))


@given(values, st.data())
def test_variances_are_numpys(x: np.ndarray, data: st.DataObject) -> None:
    """Mean and variance around any point are those of numpy; equal values have exactly 0."""
    i = data.draw(st.integers(1, x.size - 1))
    n = data.draw(st.integers(2, i + 1))
    around = float(x[i])
    mean, variance = _plain("centred")(x, i, n, around)
    w = x[i + 1 - n : i + 1]
    assert mean + around == pytest.approx(w.mean(), abs=1e-9)
    assert variance == pytest.approx(w.var(), rel=1e-9, abs=1e-9)
    assert _plain("centred")(np.full(n, 0.1), n - 1, n, 0.1) == (0.0, 0.0)
    assert _plain("centred")(np.full(n, 0.1), n - 1, n, 0.0)[1] == 0.0


@settings(max_examples=50)
@given(values, st.integers(1, 2))
def test_lagged_products_pair_each_value_with_its_past(x: np.ndarray, lag: int) -> None:
    """`lagged` takes the pairs that lie within the window, `weighted` as many rows as weights."""
    dot = _plain("dot")
    n, i = x.size, x.size - 1
    assert dot(x, x) == pytest.approx(x @ x)
    assert dot(x[lag:], x[:-lag]) == pytest.approx(x[lag:] @ x[:-lag])
    near = sums.correlation.py_func  # type: ignore[attr-defined]
    related = near(x @ x, x.sum(), x.sum(), x @ x, x @ x, n)
    assert related == (0.0 if x.var() <= 1e-13 * (x @ x) / n else pytest.approx(1.0))
    assert i == n - 1


def test_correlation_stays_within_its_bounds() -> None:
    """Rounding never carries a correlation beyond 1, and a constant has none."""
    near = sums.correlation.py_func  # type: ignore[attr-defined]
    assert near(1.0 + 1e-9, 0.0, 0.0, 1.0, 1.0, 10) == 1.0
    assert near(-1.0 - 1e-9, 0.0, 0.0, 1.0, 1.0, 10) == -1.0
    assert near(10.0, 10.0, 10.0, 10.0, 30.0, 10) == 0.0
