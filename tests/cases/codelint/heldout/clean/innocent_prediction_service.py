"""Prediction in a worker process with a deadline; one prediction per symbol and candle."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np

_BOOSTER: lgb.Booster | None = None


class ArtifactError(Exception):
    """The model file is not the one that the manifest names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    features: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    symbol: str
    ts_candle_us: int
    p_up: float
    source: str


def start_worker(path: Path, manifest: Manifest) -> None:
    """Initializer of the worker process: checks the file, then reads it."""
    global _BOOSTER
    text = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != manifest.sha256:
        raise ArtifactError(f"{path.name}: checksum {digest[:12]}, expected {manifest.sha256[:12]}")
    _BOOSTER = lgb.Booster(model_str=text)


def predict_up(row: np.ndarray) -> float:
    if _BOOSTER is None:
        raise ArtifactError("this worker has no model: start it with start_worker")
    return float(_BOOSTER.predict(row.reshape(1, -1))[0])


def to_row(features: dict[str, float], names: tuple[str, ...]) -> np.ndarray:
    """The values in the order of `names`; a missing or NaN feature is refused."""
    missing = [name for name in names if name not in features]
    if missing:
        raise ValueError(f"features {missing} are missing")
    row = np.array([features[name] for name in names], dtype="float64")
    if np.isnan(row).any():
        broken = [name for name, bad in zip(names, np.isnan(row), strict=True) if bad]
        raise ValueError(f"features {broken} are NaN")
    return row


class PredictionService:
    def __init__(self, pool: Executor, manifest: Manifest, deadline_s: float = 0.2) -> None:
        self._pool = pool
        self._manifest = manifest
        self._deadline_s = deadline_s
        self._running: dict[tuple[str, int], asyncio.Task[Prediction]] = {}
        self.late = 0

    async def predict_async(
        self, symbol: str, ts_candle_us: int, features: dict[str, float]
    ) -> Prediction | None:
        """The prediction of this symbol and candle, or None when the deadline passed."""
        key = (symbol, ts_candle_us)
        task = self._running.get(key)
        if task is None:
            row = to_row(features, self._manifest.features)
            task = asyncio.create_task(self._compute(symbol, ts_candle_us, row))
            self._running[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.shield(task)
        except TimeoutError:
            self.late += 1
            return None

    def _forget(self, key: tuple[str, int], task: asyncio.Task[Prediction]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()

    async def _compute(self, symbol: str, ts_candle_us: int, row: np.ndarray) -> Prediction:
        loop = asyncio.get_running_loop()
        p_up = await loop.run_in_executor(self._pool, predict_up, row)
        return Prediction(symbol=symbol, ts_candle_us=ts_candle_us, p_up=p_up, source="current")
