class Cache:
    def __init__(self, model):
        self.model = model
        self.by_minute = {}

    def predict(self, symbol, minute, row):
        if minute not in self.by_minute:
            self.by_minute[minute] = self.model.predict(row)  # expect: M10@minute
        return self.by_minute[minute]  # expect: M10@minute
