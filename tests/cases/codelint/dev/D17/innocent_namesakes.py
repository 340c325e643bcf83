"""`create_task` of a to-do tracker, and a list of tasks that is gathered."""

import asyncio


class Tracker:
    def __init__(self):
        self.items = []

    def create_task(self, title: str) -> None:
        self.items.append(title)


async def run(tracker: Tracker, jobs):
    tracker.create_task("rotate keys")
    tasks = [asyncio.create_task(job()) for job in jobs]
    return await asyncio.gather(*tasks)
