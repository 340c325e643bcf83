"""No await inside the shared iteration; the awaits follow."""

import asyncio


class Registry:
    def __init__(self):
        self.streams = {}

    def add(self, name, stream):
        self.streams[name] = stream

    async def ping_all(self):
        stale = []
        for name, stream in self.streams.items():
            if stream.is_stale:
                stale.append((name, stream))
        for name, stream in stale:
            async with asyncio.timeout(2):
                await stream.ping(name)

    async def counts(self, payload: dict):
        out = {}
        for key, value in payload.items():
            out[key] = await value.count()
        return out
