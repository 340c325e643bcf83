import asyncio

BACKGROUND: set[asyncio.Task] = set()


def launch(job) -> None:
    task = asyncio.create_task(job)  # expect: D18@launch
    BACKGROUND.add(task)  # expect: D18@launch


def running() -> int:
    return len(BACKGROUND)


class Refresher:
    def __init__(self, cache) -> None:
        self.cache = cache

    async def __aenter__(self):
        self.task = asyncio.create_task(self.cache.refresh_for_ever())  # expect: D18
        return self

    async def __aexit__(self, *exc) -> None:
        self.task.cancel()
