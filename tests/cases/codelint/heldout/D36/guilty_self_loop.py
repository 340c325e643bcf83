import asyncio


class Legacy:
    def __init__(self, client):
        self.client = client
        self.loop = asyncio.get_event_loop()

    def positions(self):
        return self.loop.run_until_complete(self.client.positions())  # expect: D36@legacy


class Engine:
    def __init__(self, client):
        self.legacy = Legacy(client)

    async def reconcile(self):
        return len(self.legacy.positions())  # expect: D36@legacy
