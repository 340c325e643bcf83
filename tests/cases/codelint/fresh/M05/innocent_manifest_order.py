"""The model's own names give the order."""

import numpy as np
import pandas as pd


def vector(features: dict, names: tuple[str, ...]) -> np.ndarray:
    return np.array([features[name] for name in names])


def columns(train: pd.DataFrame, live: pd.DataFrame) -> list[str]:
    shared = set(live.columns)
    return [name for name in train.columns if name in shared]


class Scorer:
    def __init__(self, model) -> None:
        self.model = model

    def score(self, row: dict):
        frame = pd.DataFrame([row])[list(self.model.feature_names_in_)]
        return self.model.predict(frame)
