"""A simulated clock has run_until_complete, too; it runs no event loop."""


class SimulatedClock:
    def __init__(self):
        self.steps = []

    def run_until_complete(self, steps):
        self.steps.extend(steps)
        return len(self.steps)


async def replay(clock: SimulatedClock, steps):
    return clock.run_until_complete(steps)
