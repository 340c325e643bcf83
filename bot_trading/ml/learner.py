"""Gradient boosting with LightGBM: one fit, and the search for its parameters.

Everything that chance decides hangs on one seed, so that two runs give the same trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import lightgbm as lgb
import numpy as np
import optuna

from bot_trading.ml.arrays import Floats, Mask
from bot_trading.ml.measures import auc

__all__ = ["Params", "Task", "fit", "raw_of", "search"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """What may vary between models; the rest of LightGBM's parameters is fixed in `fit`."""

    trees: int = 140
    learning_rate: float = 0.03
    leaves: int = 7
    rows_in_leaf_min: int = 600
    feature_share: float = 0.3
    l2: float = 50.0

    def as_json(self) -> dict[str, float]:
        """The parameters by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One question to learn: rows (n, features), outcomes 0 or 1, and a weight per row.

    With the outcomes of the `other` side a row is learned twice, once with each: the model then
    tells when an entry pays at all, and nothing of the direction, which may be only noise.
    """

    rows: Floats
    outcome: Floats
    weight: Floats
    other: Floats | None = None

    def take(self, mask: Mask) -> Task:
        """The same question over some rows."""
        other = None if self.other is None else self.other[mask]
        return Task(
            rows=self.rows[mask],
            outcome=self.outcome[mask],
            weight=self.weight[mask],
            other=other,
        )

    def doubled(self) -> Task:
        """Each row with both outcomes, in an order that both sides share."""
        if self.other is None:
            return self
        both = (np.maximum(self.outcome, self.other), np.minimum(self.outcome, self.other))
        return Task(
            rows=np.concatenate([self.rows, self.rows]),
            outcome=np.concatenate(both),
            weight=np.tile(self.weight, 2),
        )


def fit(
    task: Task, params: Params, names: Sequence[str], *, seed: int, threads: int = 1
) -> lgb.Booster:
    """Fit a binary model; the same input and seed give the same model text."""
    settings = {
        "objective": "binary",
        "learning_rate": params.learning_rate,
        "num_leaves": params.leaves,
        "min_data_in_leaf": min(params.rows_in_leaf_min, max(1, len(task.rows) // 20)),
        "feature_fraction": params.feature_share,
        "lambda_l2": params.l2,
        "max_bin": 63,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }
    asked = task.doubled()
    data = lgb.Dataset(
        asked.rows,
        asked.outcome,
        weight=asked.weight,
        feature_name=list(names),
        free_raw_data=True,
    )
    return lgb.train(settings, data, num_boost_round=params.trees)


def raw_of(booster: lgb.Booster, rows: Floats) -> Floats:
    """The log-odds of each row before calibration."""
    return np.asarray(booster.predict(rows, raw_score=True), dtype=np.float64)


def search(
    tasks: Sequence[Task],
    folds: Sequence[tuple[Mask, Mask]],
    names: Sequence[str],
    *,
    trials: int,
    seed: int,
    threads: int = 1,
) -> tuple[Params, list[dict[str, float]]]:
    """The parameters with the best mean AUC over tasks and folds, after a fixed number of trials.

    Each fold is (rows to learn from, rows to ask). The first trial is the default, so the search
    never ends worse than it on these folds. Returns the parameters and every trial.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tried: list[dict[str, float]] = []

    def measure(trial: optuna.Trial) -> float:
        params = _suggested(trial)
        found = []
        for task in tasks:
            for learn, ask in folds:
                booster = fit(task.take(learn), params, names, seed=seed, threads=threads)
                found.append(auc(task.outcome[ask], raw_of(booster, task.rows[ask])))
        score = float(np.mean(found))
        tried.append({**params.as_json(), "auc": score})
        return score

    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=5)
    )
    study.enqueue_trial(_as_trial(Params()))
    study.optimize(measure, n_trials=trials)
    return _suggested(study.best_trial), tried


def _suggested(trial: optuna.Trial | optuna.trial.FrozenTrial) -> Params:
    return Params(
        trees=trial.suggest_int("trees", 40, 200, step=20),
        learning_rate=trial.suggest_float("learning_rate", 0.015, 0.08, log=True),
        leaves=trial.suggest_int("leaves", 7, 31, step=4),
        rows_in_leaf_min=trial.suggest_int("rows_in_leaf_min", 50, 800, log=True),
        feature_share=trial.suggest_float("feature_share", 0.2, 0.8),
        l2=trial.suggest_float("l2", 0.1, 100.0, log=True),
    )


def _as_trial(params: Params) -> dict[str, float]:
    return dict(params.as_json())
