"""Iteration over live views of shared containers."""


class Legs:
    def __init__(self, venue):
        self.venue = venue
        self._legs = {}
        self._watchers = []

    def upsert(self, leg):
        self._legs[leg.key] = leg

    def forget(self, key):
        self._legs.pop(key, None)

    def watch(self, watcher):
        self._watchers.append(watcher)

    def unwatch(self, watcher):
        self._watchers.remove(watcher)

    async def total(self):
        return [await self.venue.value(leg) for leg in self._legs.values()]  # expect: D28

    async def refresh(self):
        legs = self._legs
        for key in legs.keys():  # expect: D28
            if legs[key].is_stale:
                await self.venue.refresh(key)

    async def notify(self, text):
        for number, watcher in enumerate(self._watchers):  # expect: D28
            await watcher.tell(number, text)
