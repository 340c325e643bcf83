"""Two requests find the token stale and both log in; two signals find room and both enter."""

import httpx


class Gateway:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.token: str | None = None
        self.used_slots = 0
        self.slots = 3

    async def authorise(self) -> str:
        if self.token is None:  # expect: D23@token
            reply = await self.http.post("/login", timeout=3)
            self.token = reply.json()["token"]  # expect: D23@token
        return self.token

    async def reserve(self, store, name: str) -> bool:
        if self.used_slots >= self.slots:  # expect: D23@slots
            return False
        await store.write(name)
        self.used_slots += 1  # expect: D23@slots
        return True
