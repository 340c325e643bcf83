"""Copies of every kind, constants, and iteration that leaves before it awaits."""


class Legs:
    TOPICS = ("order", "execution")

    def __init__(self, desk):
        self.desk = desk
        self._legs = {}

    def upsert(self, leg):
        self._legs[leg.key] = leg

    async def refresh(self):
        for key in sorted(self._legs):
            await self.desk.refresh(key)
        for leg in [leg for leg in self._legs.values() if leg.is_stale]:
            await self.desk.reload(leg)

    async def subscribe(self):
        for topic in self.TOPICS:
            await self.desk.subscribe(topic)

    async def first_stale(self):
        found = None
        for leg in self._legs.values():
            if leg.is_stale:
                found = leg
                break
        if found is not None:
            await self.desk.reload(found)
