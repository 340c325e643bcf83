"""One frame, one answer, many symbols."""

class Universe:
    def __init__(self, model, symbols):
        self.model = model
        self.symbols = symbols

    def rank(self, frames):
        frame = next(iter(frames.values()))
        score = self.model.predict(frame)  # expect: M10@rank
        return {symbol: score for symbol in self.symbols}  # expect: M10@rank

    async def run(self, frames, emit):
        direction = None
        for symbol in self.symbols:
            if direction is None:
                direction = self.model.predict(frames[symbol])  # expect: M10@run
            await emit(symbol, direction)  # expect: M10@run
