"""`run` of a runner object; `asyncio.Runner` at the top of a program."""

import asyncio


class Scheduler:
    def __init__(self, jobs):
        self.jobs = jobs

    def run(self, now_ms: int) -> list:
        return [job for job in self.jobs if job.due_ms <= now_ms]


async def tick(scheduler: Scheduler, now_ms: int) -> None:
    for job in scheduler.run(now_ms):
        await job.start()


def main(scheduler: Scheduler) -> None:
    with asyncio.Runner() as runner:
        runner.run(tick(scheduler, 0))
