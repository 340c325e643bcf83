"""The order of the features is an accident."""

import numpy as np
import pandas as pd


def vector(features: dict) -> np.ndarray:
    return np.fromiter(features.values(), dtype="float64")  # expect: M05


def columns(train: pd.DataFrame, live: pd.DataFrame) -> list[str]:
    return list(set(train.columns) & set(live.columns))  # expect: M05


class Scorer:
    def __init__(self, model) -> None:
        self.model = model

    def score(self, row: dict):
        return self.model.predict(pd.DataFrame([row]).to_numpy())  # expect: M05
