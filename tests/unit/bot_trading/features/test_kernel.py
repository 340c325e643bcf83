"""A batch is refused whole or computed whole."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.features.catalog import FEATURES
from bot_trading.features.kernel import advance, batch_features
from bot_trading.features.series import SERIES
from bot_trading.features.window import MalformedCandles
from tests.builders.feature_tables import STEP_US, a_batch, a_table

pytestmark = pytest.mark.timeout(600)


def test_the_warm_up_is_nan_and_nothing_after_it() -> None:
    """The first 199 rows have no feature, every later row has all."""
    features = a_batch()[1]
    assert np.isnan(features[:199]).all()
    assert np.isfinite(features[199:]).all()


def test_the_kernel_fills_the_catalogue_exactly() -> None:
    """It writes as many values as the catalogue has names."""
    state = np.empty((1, SERIES, 200))
    state[0, :24] = a_table(200).matrix()
    places = np.array([np.zeros(200), np.arange(200), np.arange(200)], dtype=np.int64)
    out = np.empty((200, len(FEATURES)))
    assert advance(state, places, 0, out) == len(FEATURES)


@pytest.mark.parametrize("rows", [1, 2, 199])
def test_too_few_candles_are_refused(rows: int) -> None:
    """The sentence says how many there are and how many more to bring."""
    with pytest.raises(MalformedCandles, match=f"{rows} candles are too few.*bring {200 - rows} m"):
        batch_features(a_table(rows))


def test_gaps_are_refused() -> None:
    """A batch over a gap is not computed: its windows would hold other spans of time."""
    table = a_table(400)
    table.ts_open_us[300:] += STEP_US
    with pytest.raises(MalformedCandles, match="expected one every 300 s"):
        batch_features(table)


def test_kernels_are_the_same_in_plain_python() -> None:
    """A value that the compiler would have changed shows against the interpreter."""
    from bot_trading.features.series import derive

    compiled = np.empty((1, SERIES, 205))
    compiled[0, :24] = a_table(205).matrix()
    plain = compiled[0].copy()
    rows = np.arange(205)
    out = np.empty((205, len(FEATURES)))
    advance(compiled, np.array([np.zeros(205), rows, rows], dtype=np.int64), 0, out)
    for row in rows:
        _interpreted(derive)(plain, row, row)
    np.testing.assert_allclose(plain, compiled[0], rtol=1e-12, atol=1e-18)


def _interpreted(function):  # type: ignore[no-untyped-def]
    """The Python function behind a compiled one, with those that it calls interpreted as well."""
    inner = function.py_func
    called = {
        name: _interpreted(value) if hasattr(value, "py_func") else value
        for name, value in inner.__globals__.items()
        if name in inner.__code__.co_names or not callable(value)
    }
    return type(inner)(inner.__code__, {**called, "__builtins__": __builtins__}, inner.__name__)
