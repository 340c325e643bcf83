"""As long as nobody knows what became of the order, it is sent once more."""


class Outcome:
    def __init__(self, unknown):
        self.unknown = unknown


class TimedOut:
    pass


class Desk:
    def __init__(self, broker):
        self.broker = broker

    async def enter(self, order):
        answer = await self.broker.place_order(order)
        while answer.outcome_unknown:
            answer = await self.broker.place_order(order)  # expect: D40
        return answer

    async def leave(self, order):
        result = await self.broker.place_order(order)
        tries = 0
        while isinstance(result, TimedOut) and tries < 5:
            tries += 1
            result = await self.broker.place_order(order)  # expect: D40
        return result
