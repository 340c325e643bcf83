"""Other calls of a loop whose answer may be dropped."""

import asyncio
import signal


class Stopper:
    def __init__(self) -> None:
        self.stopped = asyncio.Event()

    def install(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.stopped.set)
        loop.call_later(3600, self.stopped.set)

    async def wait(self) -> None:
        await self.stopped.wait()
