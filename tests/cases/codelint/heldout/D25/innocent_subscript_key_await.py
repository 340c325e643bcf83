"""The await is in the key, or only chooses what is stored."""


class Store:
    def __init__(self, api):
        self.api = api
        self.names = {}
        self.current = None

    async def put(self, symbol, value):
        self.names[await self.api.key(symbol)] = value

    async def choose(self, symbol):
        self.current = (await self.api.first(symbol)) or (await self.api.second(symbol))
