"""One call for all symbols, with a row for each; a market regime that is common by nature."""


class Universe:
    def __init__(self, model, regime_model, symbols):
        self.model = model
        self.regime_model = regime_model
        self.symbols = symbols

    def rank(self, matrix):
        scores = self.model.predict(matrix)
        return dict(zip(self.symbols, scores, strict=True))

    def with_regime(self, market_row, rows):
        regime = self.regime_model.predict(market_row)
        return {s: (regime, self.model.predict(rows[s])) for s in self.symbols}
