import asyncio


class Portfolio:
    def __init__(self):
        self.balance_lock = asyncio.Lock()
        self.risk_lock = asyncio.Lock()
        self.balance = 0
        self.headroom = 0

    async def _lower_headroom(self, amount):
        async with self.risk_lock:  # expect: D29@cycle
            self.headroom -= amount

    async def spend(self, amount):
        async with self.balance_lock:
            self.balance -= amount
            await self._lower_headroom(amount)  # expect: D29@cycle

    async def recompute(self):
        async with self.risk_lock:
            async with self.balance_lock:  # expect: D29@cycle
                self.headroom = self.balance // 2
