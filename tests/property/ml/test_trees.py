"""Whatever the row, the walk and LightGBM give the same score to the last bit."""

from __future__ import annotations

import functools

import lightgbm as lgb
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.ml.learner import Params, fit, raw_of
from bot_trading.ml.trees import Forest, parse_forest, raw_scores
from tests.builders.small_models import NAMES, task


@functools.cache
def model() -> tuple[lgb.Booster, Forest]:
    params = Params(trees=25, leaves=15, rows_in_leaf_min=5, feature_share=1.0)
    booster = fit(task(), params, NAMES, seed=4)
    return booster, parse_forest(booster.model_to_string())


ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)
NEAR = st.sampled_from(sorted(set(model()[1].threshold.tolist())))
VALUES = ANY | NEAR | NEAR.map(lambda t: float(np.nextafter(t, np.inf)))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(VALUES, min_size=6, max_size=6), min_size=1, max_size=5))
def test_the_walk_is_lightgbm(rows: list[list[float]]) -> None:
    """Any doubles, thresholds themselves and their neighbours, NaN and infinities included."""
    booster, forest = model()
    matrix = np.array(rows)
    np.testing.assert_array_equal(raw_scores(forest, matrix)[:, 0], raw_of(booster, matrix))
