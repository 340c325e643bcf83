"""A prediction per symbol; one batch for all with a row each."""


class Signals:
    def __init__(self, model, frames) -> None:
        self.model = model
        self.frames = frames
        self.latest: dict = {}

    def refresh(self, symbol) -> None:
        self.latest[symbol] = self.model.predict(self.frames[symbol])

    def decide(self, symbol):
        return symbol, self.latest[symbol]

    def batch(self, symbols, stack):
        answers = self.model.predict(stack([self.frames[symbol] for symbol in symbols]))
        return dict(zip(symbols, answers, strict=True))
