"""The model is loaded by the worker process's initializer, or by a thread."""

import asyncio
from concurrent.futures import ProcessPoolExecutor

import lightgbm as lgb

_BOOSTER = None


def start_worker(path):
    global _BOOSTER
    _BOOSTER = lgb.Booster(model_file=path)


def make_pool(path):
    return ProcessPoolExecutor(max_workers=1, initializer=start_worker, initargs=(path,))


class Registry:
    def __init__(self):
        self.booster = None

    async def refresh(self, path):
        loop = asyncio.get_running_loop()
        booster = await loop.run_in_executor(None, lambda: lgb.Booster(model_file=path))
        self.booster = booster
