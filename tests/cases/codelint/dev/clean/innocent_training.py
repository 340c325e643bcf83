"""Training program: labels, features, purged folds, one text artifact. Synchronous on purpose."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss, roc_auc_score

FEATURES = ("ret_1", "ret_5", "vol_30", "range_10", "volume_z_60")
WARM_UP = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    train: slice
    test: slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    auc: float
    brier: float


def make_features(candles: pd.DataFrame) -> pd.DataFrame:
    """Columns of FEATURES, in that order; each looks back only."""
    close, volume = candles["close"], candles["volume"]
    returns = close.pct_change(1)
    columns = {
        "ret_1": returns,
        "ret_5": close.pct_change(5),
        "vol_30": returns.rolling(30).std(),
        "range_10": (candles["high"] - candles["low"]).rolling(10).mean() / close,
        "volume_z_60": (volume - volume.rolling(60).mean()) / volume.rolling(60).std(),
    }
    return pd.DataFrame(columns)[list(FEATURES)]


def make_label(candles: pd.DataFrame, horizon: int) -> pd.Series:
    """1 where the close is higher after `horizon` candles; the last rows have no label."""
    future = candles["close"].shift(-horizon)
    label = (future > candles["close"]).astype("float64")
    return label.where(future.notna())


def training_rows(candles: pd.DataFrame, horizon: int) -> tuple[pd.DataFrame, pd.Series]:
    features = make_features(candles).iloc[WARM_UP:-horizon]
    label = make_label(candles, horizon).iloc[WARM_UP:-horizon]
    broken = features.columns[features.isna().any()].tolist()
    if broken:
        raise ValueError(f"features {broken} are NaN after {WARM_UP} rows: check the candles for gaps")
    return features, label


def walk_forward(rows: int, folds: int, embargo: int) -> Iterator[Fold]:
    size = rows // (folds + 1)
    for number in range(1, folds + 1):
        end = size * number
        yield Fold(train=slice(0, end - embargo), test=slice(end, end + size))


def validate(features: pd.DataFrame, label: pd.Series, horizon: int, seed: int) -> list[Scores]:
    scores = []
    for fold in walk_forward(len(features), 5, horizon):
        model = train(features.iloc[fold.train], label.iloc[fold.train], seed)
        p_up = model.predict(features.iloc[fold.test])
        truth = label.iloc[fold.test]
        auc = roc_auc_score(truth, p_up)
        scores.append(Scores(auc=auc, brier=brier_score_loss(truth, p_up)))
    return scores


def train(features: pd.DataFrame, label: pd.Series, seed: int) -> lgb.Booster:
    params = {"objective": "binary", "seed": seed, "deterministic": True, "num_threads": 1}
    data = lgb.Dataset(features, label=label)
    return lgb.train(params, data, num_boost_round=200)


def save(model: lgb.Booster, folder: Path, scores: list[Scores]) -> Path:
    text = model.model_to_string()
    target = folder / "model.txt"
    target.write_text(text, encoding="utf-8")
    manifest = {
        "features": list(FEATURES),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "auc": float(np.mean([score.auc for score in scores])),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, sort_keys=True), encoding="utf-8")
    return target


def main(candles_file: Path, folder: Path, horizon: int = 16, seed: int = 7) -> Path:
    candles = pd.read_parquet(candles_file)
    features, label = training_rows(candles, horizon)
    scores = validate(features, label, horizon, seed)
    return save(train(features, label, seed), folder, scores)
