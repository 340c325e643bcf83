class Allocator:
    def __init__(self, store) -> None:
        self.store = store
        self.reserved = 0
        self.weights = {}

    def current(self) -> int:
        return self.reserved

    async def reserve(self, amount: int) -> int:
        before = self.current()
        await self.store.note(amount)
        self.reserved = before + amount  # expect: D24
        return before

    async def rebalance(self, scale) -> None:
        copied = dict(self.weights)
        for name in copied:
            copied[name] = await scale(name, copied[name])
        self.weights = copied  # expect: D24
