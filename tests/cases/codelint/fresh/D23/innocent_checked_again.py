"""The condition is looked at again after the await, or the write has nothing to do with it."""


class Meter:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.last_name = ""

    async def take(self, clock) -> bool:
        if self.used >= self.limit:
            return False
        await clock.tick()
        if self.used >= self.limit:
            return False
        self.used += 1
        return True

    async def describe(self, names) -> str:
        if self.used > self.limit:
            return "over"
        name = await names.next()
        self.last_name = name
        return name
