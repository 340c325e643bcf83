class Gateway:
    def __init__(self, rest):
        self.rest = rest

    async def server_time(self):
        return await self.rest.get("/time", timeout=2)

    async def connect(self):
        stamp, ok = self.server_time(), True  # expect: D02
        return ok
