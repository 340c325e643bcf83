"""Circuit breaker and connection state: check, await, act."""

import asyncio


class Connection:
    def __init__(self, transport):
        self.transport = transport
        self.state = "CLOSED"
        self.attempts = 0
        self.token = ""
        self.token_expires_ms = 0

    async def ensure_open(self):
        if self.state != "OPEN":  # expect: D23@open
            async with asyncio.timeout(5):
                await self.transport.open()
            self.state = "OPEN"  # expect: D23@open

    async def bearer(self, now_ms):
        if now_ms < self.token_expires_ms:  # expect: D23@bearer
            return self.token
        async with asyncio.timeout(5):
            reply = await self.transport.request_token()
        self.token = reply["token"]  # expect: D23@bearer
        self.token_expires_ms = now_ms + reply["ttl_ms"]  # expect: D23@bearer
        return self.token

    async def limited(self, job, attempts_max):
        if self.attempts >= attempts_max:  # expect: D23@attempts
            raise PermissionError(f"{attempts_max} attempts are used up")
        await job()
        self.attempts = self.attempts + 1  # expect: D23@attempts
