from .base import Strategy


class Breakout(Strategy):
    async def on_start(self) -> None:
        super().on_start()  # expect: D01
        Strategy.warm_caches(["BTCUSDT"])  # expect: D01
        if self.name:
            self._arm()  # expect: D01

    async def _arm(self) -> None:
        print("armed")
