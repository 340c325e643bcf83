import asyncio


def drive(job):
    loop = asyncio.get_event_loop_policy().get_event_loop()
    return loop.run_until_complete(job)  # expect: D36@drive


class Planner:
    def __init__(self, store):
        self.store = store

    async def plan(self):
        rows = drive(self.store.rows())  # expect: D36@drive
        return sorted(rows)

    async def replan(self):
        return asyncio.get_event_loop().run_until_complete(self.store.rows())  # expect: D36
