"""Checks before and after awaits that change nothing, and changes that rest on nothing."""


class Desk:
    def __init__(self, journal):
        self.journal = journal
        self.loss = 0
        self.leader = None
        self.touched_us = 0

    async def describe(self, limit):
        if self.loss > limit:
            await self.journal.write("limit", limit)
            return f"over by {self.loss - limit}"
        await self.journal.write("fine", self.loss)
        return "fine"

    async def touch(self, clock):
        await self.journal.write("touch", self.leader)
        self.touched_us = clock.now_us()

    async def resign(self, name):
        if self.leader != name:
            return False
        self.leader = None
        await self.journal.write("resigned", name)
        return True
