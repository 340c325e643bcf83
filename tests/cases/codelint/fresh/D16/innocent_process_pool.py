"""Training in another process, scoring in a thread; a fit of clothes is no training."""

import asyncio
from concurrent.futures import ProcessPoolExecutor

from sklearn.ensemble import GradientBoostingClassifier


def train(features, target) -> GradientBoostingClassifier:
    return GradientBoostingClassifier().fit(features, target)


async def retrain(pool: ProcessPoolExecutor, features, target):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, train, features, target)


async def score(model: GradientBoostingClassifier, rows):
    return await asyncio.to_thread(model.predict_proba, rows)
