"""A token bucket written for threads and used by a coroutine."""

import time
from dataclasses import dataclass

import websockets


@dataclass
class TokenBucket:
    capacity: int
    tokens: int

    def take(self) -> None:
        while self.tokens == 0:
            time.sleep(0.05)
            self.tokens = self.capacity
        self.tokens -= 1


async def subscribe(url: str, topics: list[str], bucket: TokenBucket) -> int:
    sent = 0
    async with websockets.connect(url, open_timeout=5) as socket:
        for topic in topics:
            bucket.take()  # expect: D07
            await socket.send('{"op": "subscribe", "args": ["%s"]}' % topic)
            sent += 1
    return sent
