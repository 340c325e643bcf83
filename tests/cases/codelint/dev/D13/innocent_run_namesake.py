"""`run` and `wait` of our own objects."""

import asyncio


class Runner:
    def __init__(self) -> None:
        self.done = asyncio.Event()

    async def run(self, steps: list[str]) -> int:
        self.done.set()
        return len(steps)

    async def wait(self) -> None:
        await asyncio.wait_for(self.done.wait(), timeout=5)


async def main(runner: Runner) -> int:
    count = await runner.run(["load", "check"])
    await runner.wait()
    return count
