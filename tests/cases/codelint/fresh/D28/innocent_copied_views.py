"""Copies of the view, and iteration that collects without an await."""

import asyncio


class Hub:
    def __init__(self) -> None:
        self.clients = {}

    def join(self, name: str, client) -> None:
        self.clients[name] = client

    def leave(self, name: str) -> None:
        self.clients.pop(name, None)

    async def broadcast(self, text: str) -> None:
        for client in tuple(self.clients.values()):
            await client.send(text)

    async def at_once(self, text: str) -> None:
        await asyncio.gather(*(client.send(text) for client in self.clients.values()))

    async def sorted_names(self, emit) -> None:
        for name in sorted(self.clients):
            await emit(name)
