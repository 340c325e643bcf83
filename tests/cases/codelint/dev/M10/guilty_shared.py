"""One prediction for everybody."""


class Strategy:
    def __init__(self, models, symbols):
        self.models = models
        self.symbols = symbols
        self.last_prediction = None

    async def signals(self, frame_of):
        first = frame_of(self.symbols[0])
        prediction = await self.models.predict_async(first, timeout=1)  # expect: M10@all
        out = []
        for symbol in self.symbols:
            out.append((symbol, prediction.direction, prediction.confidence))  # expect: M10@all
        return out

    async def cached(self, symbol, frame_of):
        if self.last_prediction is None:
            self.last_prediction = await self.models.predict_async(  # expect: M10@cached
                frame_of(symbol), timeout=1
            )
        return self.last_prediction  # expect: M10@cached
