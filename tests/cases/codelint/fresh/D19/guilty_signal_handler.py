"""Tasks made on a loop object and forgotten."""

import asyncio
import signal


class App:
    def __init__(self, engine) -> None:
        self.engine = engine
        self.loop = asyncio.new_event_loop()

    def install(self) -> None:
        self.loop.add_signal_handler(signal.SIGTERM, self.on_term)

    def on_term(self) -> None:
        self.loop.create_task(self.engine.stop())  # expect: D19


async def report(engine) -> None:
    loop = asyncio.get_event_loop()
    loop.create_task(engine.report())  # expect: D19
