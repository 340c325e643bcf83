"""A driver of steps has a method of that name; it is no event loop."""


class StepDriver:
    def run_until_complete(self, steps):
        return [step() for step in steps]


async def drive(driver: StepDriver, steps):
    return driver.run_until_complete(steps)
