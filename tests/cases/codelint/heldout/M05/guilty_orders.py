"""Feature order left to chance, or to whoever built the dictionary."""

import numpy as np
import pandas as pd


class Rows:
    USED = {"rsi_14", "ret_1", "atr_14"}

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        return frame[[*self.USED]].to_numpy()  # expect: M05

    def row(self, indicators: dict) -> np.ndarray:
        return np.fromiter(indicators.values(), dtype="float64")  # expect: M05


def common(train: pd.DataFrame, live: pd.DataFrame):
    names = list(set(train.columns) & set(live.columns))  # expect: M05@common
    return train[names], live[names]  # expect: M05@common
