import asyncio

SESSIONS = {}


class Pool:
    clients = set()

    async def add(self, client):
        self.clients.add(client)

    async def remove(self, client):
        self.clients.discard(client)

    async def broadcast(self, text):
        for client in self.clients:  # expect: D28
            async with asyncio.timeout(1):
                await client.send(text)


async def close_idle():
    for name, session in SESSIONS.items():  # expect: D28
        if session.idle:
            await session.close(name)


def register(name, session):
    SESSIONS[name] = session


def unregister(name):
    SESSIONS.pop(name, None)
