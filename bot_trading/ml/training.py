"""From candles to a judged model: learn, calibrate, choose a threshold, then test once.

The parts follow each other in time: learn, calibrate, validate, test, with an embargo between them.
Parameters are searched within the learned part only, by walk-forward folds. The test part is sealed
and can be opened a single time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from bot_trading.domain.signal import BarrierSpec
from bot_trading.features.window import WARMUP_ROWS
from bot_trading.ml import leaks
from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.calibration import Calibration, fit_calibration
from bot_trading.ml.dataset import Dataset, Sources, build
from bot_trading.ml.examine import Ratios, earnings, probabilities_report, side_report
from bot_trading.ml.folds import Span, rows_before, rows_within, walk_forward
from bot_trading.ml.importance import importance_report
from bot_trading.ml.labels import Costs
from bot_trading.ml.learner import Params, Task, fit, raw_of, search
from bot_trading.ml.measures import auc
from bot_trading.ml.profit import Choice, choose_threshold
from bot_trading.ml.refusals import CandlesRefused, ModelError

__all__ = ["Parts", "Plan", "Sealed", "Trained", "split", "train"]

SIDES = ("long", "short")
_OTHER = {"long": "short", "short": "long"}
_DAY_US = 86_400_000_000
_SHUFFLES = 3
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that decides what a training gives; the spans follow each other in time.

    With `shared_sides` one forest and one calibration answer for both sides.
    """

    learn: Span
    calibrate: Span
    validate: Span
    test: Span
    barrier: BarrierSpec
    costs: Costs = field(default_factory=Costs)
    thin: int = 3
    folds: int = 3
    trials: int = 12
    seed: int = 7
    threads: int = 1
    shared_sides: bool = False

    def embargo_us(self, interval_s: int) -> int:
        """A day, or as long as features look back: no part shares a candle with the next."""
        return max(_DAY_US, (WARMUP_ROWS + 1) * interval_s * 1_000_000)


class Sealed:
    """Rows that may be looked at once, after everything is decided."""

    def __init__(self, data: Dataset) -> None:
        self._data: Dataset | None = data

    def open(self) -> Dataset:
        """The rows; raises `ModelError` the second time."""
        if self._data is None:
            raise ModelError("the test part was opened before; a second look would choose by it")
        data, self._data = self._data, None
        return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The rows of each part; those to learn from are thinned."""

    learn: Dataset
    calibrate: Dataset
    validate: Dataset
    test: Sealed
    rows_before_thinning: int
    overlap: leaks.LeakTest
    stamps: leaks.LeakTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model in memory with everything that its manifest and report say."""

    boosters: dict[str, lgb.Booster]
    calibrations: dict[str, Calibration]
    params: Params
    choice: Choice
    parts: Parts
    report: dict[str, Any]


def train(sources: Sources, plan: Plan, progress: Progress = lambda text: None) -> Trained:
    """Run the whole plan; the report is complete but for the model's version and checksum."""
    stamp_us = plan.validate.from_us
    progress("features and labels")
    data = build(sources, plan.barrier, plan.costs, thin=(plan.thin, stamp_us))
    parts = split(data, plan)
    del data
    progress(f"search over {plan.trials} trials, {len(parts.learn):,} rows to learn from")
    masks = _fold_masks(parts.learn, plan)
    tasks = {side: _task(parts.learn, side, plan) for side in SIDES}
    params, tried = search(
        list(tasks.values()),
        masks,
        parts.learn.names,
        trials=plan.trials,
        seed=plan.seed,
        threads=plan.threads,
    )
    progress("walk-forward folds with the chosen parameters")
    folds, fold_boosters = _folds(parts.learn, tasks, masks, params, plan)
    progress("the model, and the same on shuffled labels")
    model = _fitted(parts, tasks, params, plan)
    shuffled = [
        _fitted(parts, _shuffled(parts.learn, plan, at), params, plan) for at in range(_SHUFFLES)
    ]
    ratios = _ratios(model, parts.validate)
    choice = choose_threshold(parts.validate, ratios["long"], ratios["short"], plan.costs)
    validation = {
        "probabilities": probabilities_report(parts.validate, ratios),
        "thresholds": list(choice.tried),
        "best_ratio": choice.best_ratio,
        "entry_min_ratio": choice.entry_min_ratio,
    }
    tests = _leak_tests(sources, parts, shuffled)
    progress("the test, once")
    report = {
        "search": {"params": params.as_json(), "trials": tried},
        "folds": folds,
        "importance": importance_report(
            fold_boosters, list(model[0].values()), list(parts.learn.names)
        ),
        "validation": validation,
        "leaks": [test.as_json() for test in tests],
        **_final(parts, model, shuffled, choice, plan),
    }
    return Trained(
        boosters=model[0],
        calibrations=model[1],
        params=params,
        choice=choice,
        parts=parts,
        report=report,
    )


def split(data: Dataset, plan: Plan) -> Parts:
    """Cut the rows into parts, each purged of labels that reach into the next."""
    embargo_us = plan.embargo_us(data.interval_s)
    decided, ends = data.decided_us, data.label_end_us
    spans = {"learn": plan.learn, "calibrate": plan.calibrate, "validate": plan.validate}
    found = {
        name: data.take(rows_before(span, decided, ends, embargo_us))
        for name, span in spans.items()
    }
    found["test"] = data.take(rows_within(plan.test, decided, ends))
    for name, part in found.items():
        if len(part) < 100:
            raise CandlesRefused(
                f"the part to {name} has {len(part)} rows; at least 100 are needed: move its dates"
            )
    triples = [(name, part.decided_us, part.label_end_us) for name, part in found.items()]
    return Parts(
        learn=found["learn"],
        calibrate=found["calibrate"],
        validate=found["validate"],
        test=Sealed(found["test"]),
        rows_before_thinning=len(found["learn"]) * plan.thin,
        overlap=leaks.overlap(triples, embargo_us),
        stamps=leaks.time_stamps(data),
    )


Fitted = tuple[dict[str, lgb.Booster], dict[str, Calibration]]


def _task(data: Dataset, side: str, plan: Plan, order: Ints | None = None) -> Task:
    """One side's question; with `order` its outcomes are another row's."""
    wins = {name: data.side(name).win for name in SIDES}
    if order is not None:
        wins = {name: win[order] for name, win in wins.items()}
    return Task(
        rows=data.rows,
        outcome=wins[side],
        weight=data.uniqueness(),
        other=wins[_OTHER[side]] if plan.shared_sides else None,
    )


def _calibrated(booster: lgb.Booster, task: Task) -> Calibration:
    """Two numbers that make probabilities of log-odds, on rows that the booster never learned."""
    raw = raw_of(booster, task.rows)
    if task.other is not None:
        raw, task = np.tile(raw, 2), task.doubled()
    return fit_calibration(raw, task.outcome, task.weight)


def _fold_masks(data: Dataset, plan: Plan) -> list[tuple[Any, Any]]:
    embargo_us = plan.embargo_us(data.interval_s)
    decided, ends = data.decided_us, data.label_end_us
    return [
        (
            rows_before(fold.learn, decided, ends, embargo_us),
            rows_within(fold.ask, decided, ends),
        )
        for fold in walk_forward(plan.learn, plan.folds)
    ]


def _folds(
    data: Dataset,
    tasks: dict[str, Task],
    masks: list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]],
    params: Params,
    plan: Plan,
) -> tuple[list[dict[str, Any]], list[lgb.Booster]]:
    """Each fold's measures; the last fifth of what a fold learns from calibrates it."""
    reports, boosters = [], []
    for learn, ask in masks:
        edge = int(np.quantile(data.decided_us[learn], 0.8))
        early = learn & (data.label_end_us <= edge - plan.embargo_us(data.interval_s))
        late = learn & (data.decided_us >= edge)
        report: dict[str, Any] = {
            "learn_rows": int(learn.sum()),
            "ask_from_us": int(data.decided_us[ask].min()),
            "ask_until_us": int(data.decided_us[ask].max()),
        }
        for side, task in tasks.items():
            booster = fit(
                task.take(early), params, data.names, seed=plan.seed, threads=plan.threads
            )
            calibration = _calibrated(booster, task.take(late))
            chance = calibration.probabilities(raw_of(booster, task.rows[ask]))
            report[side] = side_report(task.outcome[ask], chance, data.decided_us[ask])
            boosters.append(booster)
        reports.append(report)
    return reports, boosters


def _fitted(parts: Parts, tasks: dict[str, Task], params: Params, plan: Plan) -> Fitted:
    boosters, calibrations = {}, {}
    for side, task in tasks.items():
        names = parts.learn.names
        boosters[side] = fit(task, params, names, seed=plan.seed, threads=plan.threads)
        calibrations[side] = _calibrated(boosters[side], _task(parts.calibrate, side, plan))
    return boosters, calibrations


def _shuffled(data: Dataset, plan: Plan, at: int) -> dict[str, Task]:
    order = np.random.default_rng(plan.seed + at).permutation(len(data))
    return {side: _task(data, side, plan, order) for side in SIDES}


def _ratios(model: Fitted, data: Dataset) -> Ratios:
    boosters, calibrations = model
    return {
        side: calibrations[side].probabilities(raw_of(boosters[side], data.rows)) for side in SIDES
    }


def _leak_tests(sources: Sources, parts: Parts, shuffled: list[Fitted]) -> list[leaks.LeakTest]:
    aucs = [
        auc(parts.validate.side(side).win, _scores(model, side, parts.validate.rows))
        for side in SIDES
        for model in shuffled
    ]
    return [
        leaks.future_cut_off_of(sources),
        leaks.shuffled_labels(aucs),
        parts.stamps,
        parts.overlap,
        leaks.too_good_features(parts.learn),
    ]


def _scores(model: Fitted, side: str, rows: Floats) -> Floats:
    return raw_of(model[0][side], rows)


def _final(
    parts: Parts, model: Fitted, shuffled: list[Fitted], choice: Choice, plan: Plan
) -> dict[str, Any]:
    """Everything that is said of the test part, in one look at it."""
    test = parts.test.open()
    ratios, noise = _ratios(model, test), _ratios(shuffled[0], test)
    validated = _ratios(shuffled[0], parts.validate)
    noise_choice = choose_threshold(
        parts.validate, validated["long"], validated["short"], plan.costs
    )
    net = earnings(test, ratios, choice.best_ratio, plan.costs)
    net["shuffled"] = earnings(test, noise, noise_choice.best_ratio, plan.costs)["model"]
    return {
        "test": {**probabilities_report(test, ratios), "looked_at": 1},
        "pnl": {**net, "entry_min_ratio": choice.entry_min_ratio},
        "shuffled": {
            side: {
                "auc": float(
                    np.mean(
                        [auc(test.side(side).win, _scores(m, side, test.rows)) for m in shuffled]
                    )
                )
            }
            for side in SIDES
        },
        "rows": {
            "learn": len(parts.learn),
            "learn_before_thinning": parts.rows_before_thinning,
            "calibrate": len(parts.calibrate),
            "validate": len(parts.validate),
            "test": len(test),
        },
        "uniqueness": {
            "learn_mean": float(parts.learn.uniqueness().mean()),
            "test_mean": float(test.uniqueness().mean()),
        },
        "spans": {
            name: {"from_us": getattr(plan, name).from_us, "until_us": getattr(plan, name).until_us}
            for name in ("learn", "calibrate", "validate", "test")
        },
    }
