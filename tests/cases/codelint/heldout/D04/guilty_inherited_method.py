"""The coroutine method comes from a base class, and the attribute from a parent's constructor."""


class BaseStream:
    def __init__(self, socket):
        self.socket = socket

    async def subscribe(self, topics):
        await self.socket.send({"op": "subscribe", "args": topics})


class PrivateStream(BaseStream):
    async def login(self, key):
        await self.socket.send({"op": "auth", "args": [key]})


class Feed:
    def __init__(self, socket):
        self.private = PrivateStream(socket)


class AccountFeed(Feed):
    async def open(self, key):
        await self.private.login(key)
        self.private.subscribe(["wallet", "order"])  # expect: D04
