"""Confidence of the classifier for each closed candle."""

from collections.abc import AsyncIterator

import lightgbm as lgb
import numpy as np


class SignalMaker:
    def __init__(self, path: str) -> None:
        self.booster = lgb.Booster(model_file=path)
        self.signals = 0

    async def follow(self, candles: AsyncIterator[np.ndarray]) -> None:
        async for window in candles:
            shares = self.booster.predict(window)  # expect: D16
            if shares[0].max() > 0.6:
                self.signals += 1
