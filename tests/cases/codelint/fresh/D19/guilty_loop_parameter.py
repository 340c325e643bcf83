import asyncio


def schedule(loop: asyncio.AbstractEventLoop, jobs) -> None:
    for job in jobs:
        loop.create_task(job.run(), name=job.name)  # expect: D19


class Timer:
    def __init__(self, loop=None) -> None:
        self._loop = loop or asyncio.get_running_loop()

    def fire(self, action) -> None:
        self._loop.create_task(action())  # expect: D19
