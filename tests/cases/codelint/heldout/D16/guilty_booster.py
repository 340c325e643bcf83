"""Batch inference of many models in the loop."""

import lightgbm as lgb
import numpy as np
import pandas as pd


class Ensemble:
    def __init__(self, boosters: dict[str, lgb.Booster]):
        self.boosters = boosters

    async def score(self, symbol: str, rows: np.ndarray) -> np.ndarray:
        booster = self.boosters[symbol]
        return booster.predict(rows)  # expect: D16

    async def score_all(self, frame: pd.DataFrame) -> dict:
        scores = {}
        for name, booster in self.boosters.items():
            scores[name] = booster.predict(frame.to_numpy())  # expect: D16
        return scores
