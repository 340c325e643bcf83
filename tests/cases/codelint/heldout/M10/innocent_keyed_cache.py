"""The cache's key holds the symbol, by tuple, by nested dictionary, by object."""


class Service:
    def __init__(self, predictor):
        self.predictor = predictor
        self.by_symbol = {}

    def predict(self, symbol, minute, row):
        cached = self.by_symbol.setdefault(symbol, {})
        if minute not in cached:
            cached[minute] = self.predictor.predict(row)
        return cached[minute]


class SymbolPredictor:
    """One of these per symbol."""

    def __init__(self, symbol, predictor):
        self.symbol = symbol
        self.predictor = predictor
        self.minute = None
        self.last = None

    def predict(self, minute, row):
        if self.minute != minute:
            self.minute, self.last = minute, self.predictor.predict(row)
        return self.last
