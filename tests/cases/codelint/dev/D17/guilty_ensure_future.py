import asyncio


class Watchdog:
    def __init__(self, streams):
        self.streams = streams

    async def start(self):
        for stream in self.streams:
            asyncio.ensure_future(stream.watch())  # expect: D17

    async def alert(self, text, alerts):
        _ = asyncio.create_task(alerts.send(text))  # expect: D17
