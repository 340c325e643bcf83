"""Two classes, one method name: only the asynchronous one is called from coroutines."""

import time


class SyncPacer:
    def wait_turn(self):
        time.sleep(0.1)


class TokenBucket:
    def __init__(self, tokens):
        self.tokens = tokens

    def wait_turn(self):
        self.tokens -= 1
        return self.tokens >= 0


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.pacer = TokenBucket(100)

    async def send(self, message):
        if self.pacer.wait_turn():
            await self.transport.send(message)


def script(lines):
    pacer = SyncPacer()
    for line in lines:
        pacer.wait_turn()
        print(line)
