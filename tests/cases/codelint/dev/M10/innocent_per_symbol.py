"""A prediction per symbol, and a cache with the symbol in its key."""


class Strategy:
    def __init__(self, model, symbols):
        self.model = model
        self.symbols = symbols
        self.by_key = {}

    def signals(self, row_of):
        out = []
        for symbol in self.symbols:
            prediction = self.model.predict(row_of(symbol))
            out.append((symbol, prediction))
        return out

    def cached(self, symbol, minute, row):
        key = (symbol, minute)
        if key not in self.by_key:
            self.by_key[key] = self.model.predict(row)
        return self.by_key[key]
