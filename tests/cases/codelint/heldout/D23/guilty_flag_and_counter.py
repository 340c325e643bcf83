"""Leader election, pause flags and daily loss: checked before the await, changed after it."""


class Desk:
    def __init__(self, journal, loss_max):
        self.journal = journal
        self.loss_max = loss_max
        self.loss = 0
        self.leader = None
        self.paused = False

    async def lead(self, name):
        if self.leader is None:  # expect: D23@lead
            await self.journal.write("leader", name)
            self.leader = name  # expect: D23@lead
        return self.leader == name

    async def book(self, amount):
        within = self.loss + amount <= self.loss_max  # expect: D23@loss
        await self.journal.write("loss", amount)
        if within:  # expect: D23@loss
            self.loss += amount  # expect: D23@loss
        return within

    async def toggle(self):
        paused = not self.paused
        await self.journal.write("paused", paused)
        self.paused = paused  # expect: D23|D24
