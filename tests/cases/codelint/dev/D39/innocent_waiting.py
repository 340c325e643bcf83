"""Loops that await, or that end by their own computation."""

import asyncio


class Handshake:
    def __init__(self):
        self.authenticated = asyncio.Event()
        self.backlog = []

    async def wait_auth(self):
        await asyncio.wait_for(self.authenticated.wait(), timeout=5)

    async def poll(self, source):
        while not source.ready:
            await asyncio.sleep(0.05)
        while True:
            chunk = await source.read()
            if not chunk:
                break
            self.backlog.append(chunk)

    async def drain(self):
        while self.backlog:
            self.backlog.pop()
        await asyncio.sleep(0)
