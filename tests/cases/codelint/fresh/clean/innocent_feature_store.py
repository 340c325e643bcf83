"""Training data of a direction model: lagged features, purged folds, and a report."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

FEATURES = ("ret_1", "ret_12", "range_ratio", "volume_z")
WARM_UP = 96
HORIZON = 12


@dataclass(frozen=True)
class FoldReport:
    fold: int
    rows_train: int
    rows_test: int
    brier: float


def build_features(candles: pd.DataFrame) -> pd.DataFrame:
    """Features of each candle, from it and earlier ones only."""
    close, volume = candles["close"], candles["volume"]
    out = pd.DataFrame(index=candles.index)
    out["ret_1"] = close.pct_change(1)
    out["ret_12"] = close.pct_change(12)
    out["range_ratio"] = (candles["high"] - candles["low"]) / close
    window = volume.rolling(WARM_UP)
    out["volume_z"] = (volume - window.mean()) / window.std()
    return out[list(FEATURES)]


def make_target(candles: pd.DataFrame) -> pd.Series:
    """1 where the close after the horizon is above this one's."""
    future_close = candles["close"].shift(-HORIZON)
    return (future_close > candles["close"]).astype("int8").iloc[:-HORIZON]


def dataset(candles: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    if not candles.index.is_monotonic_increasing:
        raise ValueError("candles are not in the order of time: sort them first")
    features = build_features(candles).iloc[WARM_UP:-HORIZON]
    holes = features.columns[features.isna().any()].tolist()
    if holes:
        raise ValueError(f"features {holes} are NaN after the warm-up: repair the candles")
    return features, make_target(candles).loc[features.index]


def new_model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))


def up_column(model: Pipeline) -> int:
    return int(np.flatnonzero(model.classes_ == 1)[0])


def fold_reports(features: pd.DataFrame, target: pd.Series) -> list[FoldReport]:
    reports = []
    folds = TimeSeriesSplit(n_splits=5, gap=HORIZON).split(features)
    for number, (train, test) in enumerate(folds):
        model = new_model().fit(features.iloc[train], target.iloc[train])
        p_up = model.predict_proba(features.iloc[test])[:, up_column(model)]
        brier = brier_score_loss(target.iloc[test], p_up)
        reports.append(
            FoldReport(fold=number, rows_train=len(train), rows_test=len(test), brier=brier)
        )
    return reports


def read_candles(path: Path) -> pd.DataFrame:
    candles = pd.read_parquet(path)
    missing = {"open", "high", "low", "close", "volume"} - set(candles.columns)
    if missing:
        raise ValueError(f"{path}: columns {sorted(missing)} are missing")
    return candles


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(path: Path, out: Path) -> None:
    """Judge the model on PATH and write the report."""
    features, target = dataset(read_candles(path))
    reports = [asdict(report) for report in fold_reports(features, target)]
    out.write_text(json.dumps({"features": FEATURES, "folds": reports}, indent=2))
    for report in reports:
        click.echo(f"fold {report['fold']}: brier {report['brier']:.4f}")


if __name__ == "__main__":
    main()
