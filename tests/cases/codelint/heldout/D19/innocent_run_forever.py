"""The tasks of a loop are kept until it ends."""

import asyncio


def main(app):
    loop = asyncio.new_event_loop()
    server = loop.create_task(app.serve())
    server.add_done_callback(lambda task: loop.stop())
    loop.run_forever()
    server.result()
    loop.close()


class Bridge:
    def __init__(self, loop: asyncio.AbstractEventLoop, engine):
        self._loop = loop
        self.engine = engine

    def on_thread_message(self, message):
        self._loop.call_soon_threadsafe(self.engine.offer, message)

    async def both(self, left, right):
        first = self._loop.create_task(left())
        second = self._loop.create_task(right())
        return await first, await second
