"""Membership for removal, keys that differ, and a set that belongs to the call."""


class Ladder:
    def __init__(self, journal):
        self.journal = journal
        self.done = set()
        self.retired = {}

    async def retire(self, key):
        if key not in self.done:
            return
        self.done.discard(key)
        await self.journal.write(key, None)
        self.retired[key] = True

    async def unique(self, rows):
        seen = set()
        for row in rows:
            if row.key not in seen:
                await self.journal.write(row.key, row)
                seen.add(row.key)
        return len(seen)
