"""predict and fit go through threads; `fit` of a layout is no training."""

import asyncio

import lightgbm as lgb


class Ensemble:
    def __init__(self, boosters: dict[str, lgb.Booster]):
        self.boosters = boosters

    async def score(self, symbol, rows):
        async with asyncio.timeout(1):
            return await asyncio.to_thread(self.boosters[symbol].predict, rows)

    async def score_lazily(self, symbol, rows):
        loop = asyncio.get_running_loop()
        booster = self.boosters[symbol]
        return await loop.run_in_executor(None, lambda: booster.predict(rows))


async def draw(layout, width):
    layout.fit(width)
    return layout.columns
