"""Importances are shares of gain, and folds that agree are stable."""

from __future__ import annotations

import numpy as np

from bot_trading.ml.importance import importance_report
from bot_trading.ml.learner import Params, Task, fit
from tests.builders.small_models import NAMES, task

SMALL = Params(trees=10, leaves=7, rows_in_leaf_min=20, feature_share=1.0)


def test_what_decides_stands_first() -> None:
    """The two features that the outcome hangs on lead, in every fold; shares add up to one."""
    boosters = [fit(task(seed=seed), SMALL, NAMES, seed=1) for seed in (1, 2, 3)]
    report = importance_report(boosters, boosters[:1], list(NAMES))
    assert [feature["name"] for feature in report["features"][:2]] == ["f0", "f1"]
    assert abs(sum(feature["share"] for feature in report["features"]) - 1) < 1e-9
    first = report["features"][0]
    assert first["fold_min"] <= first["share"] <= first["fold_max"]
    assert report["stability"] > 0.4


def test_a_model_of_nothing_leans_on_nothing() -> None:
    """Without splits there are no shares, and stability is unknown."""
    empty = Task(rows=np.zeros((200, 6)), outcome=np.tile([0.0, 1.0], 100), weight=np.ones(200))
    boosters = [fit(empty, SMALL, NAMES, seed=1)] * 2
    report = importance_report(boosters, boosters, list(NAMES))
    assert report["features"] == []
    assert report["stability"] is None
