"""Small markets and models for tests: candles from a seed, a trained forest, a folder of both."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bot_trading.features.catalog import SCHEMA_HASH, feature_names
from bot_trading.ml.arrays import Floats
from bot_trading.ml.artifact import (
    FORMAT,
    Manifest,
    Part,
    code_sha256,
    seal,
    write_manifest,
)
from bot_trading.ml.candles import CandleSeries
from bot_trading.ml.drift import encode_reference, make_reference
from bot_trading.ml.learner import Params, Task, fit
from bot_trading.ml.registry import Slots

__all__ = [
    "HASH",
    "NAMES",
    "START_US",
    "candles",
    "manifest",
    "rows",
    "task",
    "write_full_model",
    "write_model",
]

HASH = "ab" * 32
NAMES = tuple(f"f{i}" for i in range(6))
START_US = 1_758_672_000_000_000
_HOUR_US = 3_600_000_000
_PARAMS = Params(trees=8, leaves=7, rows_in_leaf_min=20, feature_share=1.0)


def candles(count: int = 500, *, symbol: str = "BTCUSDT", seed: int = 1) -> CandleSeries:
    """A seeded random walk in five-minute candles; open equals the close before it."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, count)))
    opens = np.r_[100.0, close[:-1]]
    spread = 1 + np.abs(rng.normal(0, 0.001, (2, count)))
    return CandleSeries(
        symbol=symbol,
        interval_s=300,
        ts_open_us=START_US + np.arange(count) * 300_000_000,
        open=opens,
        high=np.maximum(opens, close) * spread[0],
        low=np.minimum(opens, close) / spread[1],
        close=close,
        volume=rng.gamma(2.0, 5.0, count),
        is_filled=np.zeros(count, dtype=np.bool_),
    )


def rows(count: int = 600, seed: int = 2) -> Floats:
    """Standard normal rows of as many features as `NAMES` has."""
    return np.random.default_rng(seed).normal(size=(count, len(NAMES)))


def task(count: int = 2_000, seed: int = 3) -> Task:
    """A question whose answer hangs on the first two features, with noise."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(count, len(NAMES)))
    chance = 1 / (1 + np.exp(-(inputs[:, 0] - 0.5 * inputs[:, 1])))
    outcome = (rng.random(count) < chance).astype(np.float64)
    return Task(rows=inputs, outcome=outcome, weight=np.ones(count))


def manifest(**changes: Any) -> Manifest:
    """A manifest that fits `NAMES` and `HASH`, without files."""
    parts: dict[str, Any] = {
        "format": FORMAT,
        "kind": "lightgbm",
        "version": "small",
        "feature_schema_hash": HASH,
        "feature_count": len(NAMES),
        "interval_s": 300,
        "stop_ratio": "0.006",
        "target_ratio": "0.009",
        "horizon_s": 900,
        "round_trip_cost_ratio": 0.0013,
        "entry_min_ratio": None,
        "calibration": {"long": (1.0, 0.0), "short": (1.0, 0.0)},
        "files": {},
        "parts": {"learn": Part(from_us=START_US, until_us=START_US + 10 * _HOUR_US, rows=1)},
        "symbols": ("BTCUSDT",),
        "data_sha256": "00" * 32,
        "code_sha256": code_sha256({"a.py": b""}),
        "seed": 7,
        "params": {},
        "metrics": {},
        "command": "python -m bot_trading.ml train",
    }
    return Manifest(**(parts | changes))


def write_model(folder: Path, version: str = "small", seed: int = 3, **changes: Any) -> Manifest:
    """A whole model in `folder / version`: two forests, a drift reference and a manifest."""
    home = folder / version
    home.mkdir(parents=True)
    question = task(seed=seed)
    files = {}
    for side, text in _texts(seed).items():
        (home / f"{side}.txt").write_text(text, "utf-8")
        files[side] = seal(home, f"{side}.txt")
    decided_us = START_US + np.arange(len(question.rows)) * _HOUR_US
    reference = make_reference(question.rows, decided_us, np.zeros(len(decided_us), dtype=np.int16))
    (home / "reference.json").write_bytes(encode_reference(reference))
    files["reference"] = seal(home, "reference.json")
    return write_manifest(home, manifest(**({"version": version, "files": files} | changes)))


@functools.cache
def _texts(seed: int) -> dict[str, str]:
    """Forests for both sides; learned once in a run of tests."""
    question = task(seed=seed)
    outcomes = {"long": question.outcome, "short": 1 - question.outcome}
    return {
        side: fit(
            Task(rows=question.rows, outcome=outcome, weight=question.weight),
            _PARAMS,
            NAMES,
            seed=seed,
        ).model_to_string()
        for side, outcome in outcomes.items()
    }


def write_full_model(folder: Path, version: str = "full", **changes: Any) -> Manifest:
    """A model over the whole catalogue that learned from noise; made current in `folder`."""
    home = folder / version
    home.mkdir(parents=True)
    files = {}
    for side, text in _full_texts().items():
        (home / f"{side}.txt").write_text(text, "utf-8")
        files[side] = seal(home, f"{side}.txt")
    parts: dict[str, Any] = {
        "version": version,
        "files": files,
        "feature_schema_hash": SCHEMA_HASH,
        "feature_count": len(feature_names()),
    }
    slots = msgspec.json.encode(Slots(current=version))
    (folder / "registry.json").write_bytes(slots)
    return write_manifest(home, manifest(**(parts | changes)))


@functools.cache
def _full_texts() -> dict[str, str]:
    rng = np.random.default_rng(6)
    inputs = rng.normal(size=(1_500, len(feature_names()))) * rng.gamma(1, 0.01, (1_500, 1))
    return {
        side: fit(
            Task(rows=inputs, outcome=(inputs[:, at] > 0).astype(float), weight=np.ones(1_500)),
            _PARAMS,
            feature_names(),
            seed=6,
        ).model_to_string()
        for at, side in enumerate(("long", "short"))
    }
