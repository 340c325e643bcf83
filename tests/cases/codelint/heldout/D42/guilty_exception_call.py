import asyncio
import concurrent.futures


class Alerts:
    def __init__(self, loop, sender):
        self.loop = loop
        self.sender = sender

    async def send_all(self, texts):
        futures = [
            asyncio.run_coroutine_threadsafe(self.sender.send(text), self.loop) for text in texts
        ]
        concurrent.futures.wait(futures, timeout=5)  # expect: D42@wait
        return [future.result() for future in futures]  # expect: D42@wait
