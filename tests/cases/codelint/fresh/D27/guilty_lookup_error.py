"""Asked by try and by a helper method."""


class Sessions:
    def __init__(self, connect) -> None:
        self.connect = connect
        self.by_venue = {}

    def has(self, venue: str) -> bool:
        return venue in self.by_venue

    async def of(self, venue: str):
        try:
            return self.by_venue[venue]  # expect: D27@of
        except KeyError:
            session = await self.connect(venue)
            self.by_venue[venue] = session  # expect: D27@of
            return session

    async def ensure(self, venue: str) -> None:
        if self.has(venue):  # expect: D27@ensure
            return
        session = await self.connect(venue)
        self.by_venue[venue] = session  # expect: D27@ensure
