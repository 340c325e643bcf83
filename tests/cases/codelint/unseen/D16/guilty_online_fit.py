"""The forest is fitted again each night inside the service."""

import asyncio

import numpy as np
from sklearn.ensemble import RandomForestClassifier


class Refit:
    def __init__(self) -> None:
        self.forest = RandomForestClassifier(n_estimators=400)

    async def nightly(self, rows: np.ndarray, labels: np.ndarray) -> float:
        await asyncio.sleep(0)
        self.forest.fit(rows, labels)  # expect: D16
        return float(self.forest.n_outputs_)
