"""run_until_complete at the top of a synchronous program."""

import asyncio


async def work(steps):
    for step in steps:
        await step()


def main(steps):
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(work(steps))
    finally:
        loop.close()


class App:
    def __init__(self, steps):
        self.steps = steps

    def start(self):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(work(self.steps))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
