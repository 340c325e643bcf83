"""Cancellation turned into break, return and a log line."""

import asyncio
import concurrent.futures


class Feed:
    def __init__(self, socket):
        self.socket = socket
        self.count = 0

    async def run(self):
        while True:
            try:
                await self.socket.receive()
                self.count += 1
            except asyncio.exceptions.CancelledError:  # expect: D21
                break
        return self.count

    async def read_all(self, sources):
        rows = []
        for source in sources:
            try:
                rows.append(await source.read())
            except (ValueError, concurrent.futures.CancelledError, asyncio.CancelledError):  # expect: D21
                rows.append(None)
        return rows
