import time as t


async def cool_down(attempt: int) -> None:
    delay_s = min(2**attempt, 30)
    t.sleep(delay_s)  # expect: D05


class Pacer:
    async def __aenter__(self):
        t.sleep(0.05)  # expect: D05
        return self

    async def __aexit__(self, *exc):
        return None
