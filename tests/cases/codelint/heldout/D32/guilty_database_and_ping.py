import asyncio


class Session:
    def __init__(self, http, socket):
        self.http = http
        self.socket = socket
        self._state_lock = asyncio.Lock()
        self.token = None

    async def _login(self):
        async with self.http.post("/login", timeout=5) as reply:
            return (await reply.json())["token"]

    async def ensure(self):
        async with self._state_lock:  # expect: D32@ensure
            if self.token is None:
                self.token = await self._login()  # expect: D32@ensure
        return self.token

    async def balance(self):
        async with self._state_lock:  # expect: D32@balance
            reply = await asyncio.wait_for(self.http.get("/balance"), 5)  # expect: D32@balance
            return reply.status
