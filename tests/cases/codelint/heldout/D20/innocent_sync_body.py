"""A bare except around synchronous parsing in a coroutine, re-raised forms, and nested defs."""

import structlog

log = structlog.get_logger()


class Parser:
    def __init__(self, socket):
        self.socket = socket

    async def run(self):
        async for text in self.socket:
            message = self.parse(text)
            if message is not None:
                yield message

    def parse(self, text):
        try:
            return int(text)
        except ValueError:
            log.warning("malformed", size=len(text))
            return None

    async def forward(self, sink):
        try:
            await sink.write(b"ok")
        except:
            sink.abort()
            raise
