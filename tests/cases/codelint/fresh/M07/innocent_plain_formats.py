"""Formats without code, and a load of something else."""

import json

import numpy as np
import onnxruntime
import pandas as pd
import xgboost as xgb
from catboost import CatBoostClassifier


def boosted(path: str) -> xgb.Booster:
    booster = xgb.Booster()
    booster.load_model(path)
    return booster


def cat(path: str) -> CatBoostClassifier:
    return CatBoostClassifier().load_model(path, format="json")


def session(path: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path)


def arrays(path: str):
    return np.load(path, allow_pickle=False)


def frame(path: str) -> pd.DataFrame:
    return pd.read_parquet(path)


def manifest(text: str) -> dict:
    return json.loads(text)
