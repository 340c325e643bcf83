"""Series per row: what needs an earlier row is NaN where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from bot_trading.features import series
from bot_trading.features.catalog import FEATURES
from bot_trading.features.kernel import advance
from tests.builders.feature_tables import a_table

pytestmark = pytest.mark.timeout(600)

ALONE = (
    *(series.RANGE, series.SQ_RANGE, series.GARMAN_KLASS, series.ROGERS_SATCHELL),
    *(series.INTRADAY, series.TYPICAL, series.TYPICAL_VOLUME, series.LOCATION),
    *(series.LOCATION_VOLUME, series.SQ_VOLUME, series.TRADED, series.BODY),
    *(series.UPPER_WICK, series.LOWER_WICK, series.BTC_RATIO),
)


def _derived(rows: int) -> np.ndarray:
    state = np.zeros((1, series.SERIES, rows))
    state[0, :24] = a_table(rows).matrix()
    places = np.array([np.zeros(rows), np.arange(rows), np.arange(rows)], dtype=np.int64)
    advance(state, places, 0, np.empty((rows, len(FEATURES))))
    return np.asarray(state[0])


def test_a_first_row_knows_only_itself() -> None:
    """On row 0 only the series of the row alone are there, on row 1 all but those of two rows."""
    derived = _derived(3)
    first = set(np.flatnonzero(np.isfinite(derived[:, 0])))
    assert first == {*range(24), *ALONE}
    second = set(np.flatnonzero(np.isnan(derived[:, 1])))
    assert second == {series.ORDER, series.FLIP}
    assert np.isfinite(derived[:, 2]).all()


def test_moves_are_those_of_the_close() -> None:
    """Returns, gains, losses and signs follow from one close and the one before it."""
    s = _derived(60)
    close = s[series.CLOSE]
    change = np.diff(close)
    assert s[series.RETURN, 1:] == pytest.approx(np.diff(np.log(close)), abs=1e-12)
    assert s[series.GAIN, 1:] - s[series.LOSS, 1:] == pytest.approx(change)
    assert (s[series.GAIN, 1:] * s[series.LOSS, 1:] == 0).all()
    assert (s[series.STILL, 1:] == (change == 0)).all()
    signed = np.sign(change) * s[series.VOLUME, 1:]
    assert (s[series.SIGNED_VOLUME, 1:] == signed).all()


@pytest.mark.parametrize(
    ("closes", "order"),
    [
        ((1, 2, 3), 0),
        ((1, 3, 2), 1),
        ((2, 3, 1), 2),
        ((3, 2, 1), 3),
        ((3, 1, 2), 4),
        ((2, 1, 3), 5),
        ((1, 1, 1), 0),
    ],
)
def test_three_closes_have_one_of_six_orders(closes: tuple[int, int, int], order: int) -> None:
    """Each order has its own number, and equal closes count as rising."""
    oldest, middle, last = map(float, closes)
    assert series.order_of.py_func(last, middle, oldest) == order  # type: ignore[attr-defined]


def test_shares_of_nothing_are_nothing() -> None:
    """A share of 0 is 0, a sign of 0 is 0."""
    share, sign = series.share.py_func, series.sign.py_func  # type: ignore[attr-defined]
    assert (share(3.0, 0.0), share(3.0, 4.0)) == (0.0, 0.75)
    assert [sign(value) for value in (-2.0, 0.0, 5.0)] == [-1.0, 0.0, 1.0]


def test_a_spread_needs_a_bounce() -> None:
    """Corwin and Schultz see a spread in two equal ranges, and none where the price ran away."""
    plain = series.corwin_schultz.py_func  # type: ignore[attr-defined]
    assert plain(101.0, 100.0, 101.0, 100.0) == pytest.approx(0.00995, rel=1e-2)
    assert plain(103.0, 102.0, 101.0, 100.0) == 0.0
