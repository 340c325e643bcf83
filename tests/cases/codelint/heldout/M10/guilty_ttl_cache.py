class Service:
    def __init__(self, predictor, clock):
        self.predictor = predictor
        self.clock = clock
        self._cached = None
        self._cached_ms = 0

    async def predict(self, symbol, row):
        if self._cached is not None and self.clock.now_ms() - self._cached_ms < 5000:
            return self._cached  # expect: M10@ttl
        prediction = await self.predictor.predict_async(row, timeout=1)
        self._cached = prediction  # expect: M10@ttl
        self._cached_ms = self.clock.now_ms()
        return prediction
