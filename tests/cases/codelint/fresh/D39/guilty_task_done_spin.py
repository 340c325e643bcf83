import asyncio


async def joined(task: asyncio.Task):
    while not task.done():  # expect: D39
        pass
    return task.result()


class Gate:
    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def passed(self) -> None:
        while not self.event.is_set():  # expect: D39
            continue
