"""Prediction in a process of its own, with a deadline that denies the entry."""

import asyncio
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from sklearn.ensemble import RandomForestClassifier


class Inference:
    def __init__(self, forest: RandomForestClassifier) -> None:
        self._forest = forest
        self._pool = ProcessPoolExecutor(max_workers=1)

    async def shares(self, row: np.ndarray) -> np.ndarray | None:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, self._forest.predict_proba, row)
        try:
            return await asyncio.wait_for(work, 2)
        except TimeoutError:
            return None
