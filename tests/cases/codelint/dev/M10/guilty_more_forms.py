"""The answer of one symbol handed to all: by a default, a first element, a class attribute."""


class Signals:
    latest = None

    def __init__(self, model):
        self.model = model

    def all(self, rows):
        first, *_ = rows.values()
        answer = self.model.predict(first)  # expect: M10@all
        return dict.fromkeys(rows, answer)  # expect: M10@all

    def once(self, symbol, row):
        if not Signals.latest:
            Signals.latest = self.model.predict(row)  # expect: M10@once
        return symbol, Signals.latest  # expect: M10@once

    async def loop(self, symbols, row_of, emit):
        prediction = self.model.predict(row_of(symbols[0]))  # expect: M10@loop
        for symbol in symbols[1:]:
            await emit(symbol, prediction)  # expect: M10@loop
