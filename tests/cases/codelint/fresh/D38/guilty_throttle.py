import time


class Throttle:
    def __init__(self, gap_s: float, sleep) -> None:
        self.gap_s = gap_s
        self.sleep = sleep
        self.last = 0.0

    async def wait(self) -> None:
        left = self.gap_s - (time.time() - self.last)  # expect: D38
        if left > 0:
            await self.sleep(left)
        self.last = time.time()


def timed(function):
    async def inner(*args):
        start = time.time()
        answer = await function(*args)
        elapsed = time.time() - start  # expect: D38
        print(f"{function.__name__} took {elapsed:.3f} s")
        return answer

    return inner
