import time


class RateLimiter:
    def __init__(self, per_second: int):
        self.gap_s = 1 / per_second

    def wait(self) -> None:
        time.sleep(self.gap_s)


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.limiter = RateLimiter(10)

    async def send(self, message: str) -> None:
        self.limiter.wait()  # expect: D07
        await self.transport.send(message)

    async def send_many(self, messages: list[str]) -> None:
        for message in messages:
            self._pace()  # expect: D07
            await self.transport.send(message)

    def _pace(self) -> None:
        time.sleep(0.1)
