"""The same calls in worker processes and threads."""

import asyncio
from concurrent.futures import ProcessPoolExecutor

from sklearn.ensemble import RandomForestClassifier

_MODEL: RandomForestClassifier | None = None


def install(model: RandomForestClassifier) -> None:
    global _MODEL
    _MODEL = model


def predict_row(matrix):
    if _MODEL is None:
        raise RuntimeError("no model in this worker: start the pool with install() as initializer")
    return _MODEL.predict(matrix)


class PredictionService:
    def __init__(self, pool: ProcessPoolExecutor):
        self.pool = pool

    async def predict(self, matrix):
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(1):
            return await loop.run_in_executor(self.pool, predict_row, matrix)
