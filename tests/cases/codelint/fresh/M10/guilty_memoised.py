"""One symbol's answer given to all of them."""

import functools


class Signals:
    def __init__(self, model, frames) -> None:
        self.model = model
        self.frames = frames
        self.latest = None

    def refresh(self, symbol):
        self.latest = self.model.predict_proba(self.frames[symbol])  # expect: M10@latest

    def decide(self, symbol):
        if self.latest is None:
            self.refresh(symbol)
        return symbol, self.latest  # expect: M10@latest

    def for_all(self, symbols):
        answer = self.model.predict(self.frames[symbols[0]])  # expect: M10@all
        return {symbol: answer for symbol in symbols}  # expect: M10@all


@functools.lru_cache(maxsize=8)
def tuned(horizon: int) -> int:
    return 2 * horizon
