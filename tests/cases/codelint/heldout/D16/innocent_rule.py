"""A rule of three comparisons is called predict, too; it costs nothing."""


class MovingAverageRule:
    def __init__(self, fast, slow):
        self.fast = fast
        self.slow = slow

    def predict(self, closes):
        fast = sum(closes[-self.fast :]) / self.fast
        slow = sum(closes[-self.slow :]) / self.slow
        return 1 if fast > slow else -1


async def fallback(rule: MovingAverageRule, closes):
    return rule.predict(closes)
