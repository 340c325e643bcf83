"""pop is the claim: whoever gets the row has it alone."""


class Intake:
    def __init__(self, journal):
        self.journal = journal
        self.waiting = {}
        self.done = {}

    async def work(self, key):
        row = self.waiting.pop(key, None)
        if row is None:
            return None
        result = await self.journal.store(row)
        self.done[key] = result
        return result

    async def refill(self, rows):
        known = await self.journal.keys()
        self.waiting.update({row.key: row for row in rows if row.key not in known})
