import asyncio


class Counter:
    def __init__(self) -> None:
        self.inside = 0
        self.idle = asyncio.Event()

    async def run(self, job):
        self.inside += 1
        self.idle.clear()
        try:
            return await job()
        finally:
            self.inside -= 1
            if not self.inside:
                self.idle.set()


def load(path: str) -> str:
    handle = open(path, encoding="utf-8")
    try:
        return handle.read()
    finally:
        handle.close()
