"""A future is put in place before the await: the second caller waits for the first."""

import asyncio


class Sessions:
    def __init__(self, connect) -> None:
        self.connect = connect
        self.by_venue: dict[str, asyncio.Future] = {}

    async def of(self, venue: str):
        if venue not in self.by_venue:
            self.by_venue[venue] = asyncio.ensure_future(self.connect(venue))
        return await asyncio.wait_for(asyncio.shield(self.by_venue[venue]), timeout=10)


class Keys:
    def __init__(self) -> None:
        self.keys: dict[str, int] = {}

    def number(self, name: str) -> int:
        if name not in self.keys:
            self.keys[name] = len(self.keys)
        return self.keys[name]
