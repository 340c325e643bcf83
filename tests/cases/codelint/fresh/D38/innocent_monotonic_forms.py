import asyncio
import time
from contextlib import contextmanager


@contextmanager
def measured(samples: list[int]):
    began_ns = time.perf_counter_ns()
    yield
    samples.append(time.perf_counter_ns() - began_ns)


class Idle:
    def __init__(self) -> None:
        self.touched = asyncio.get_running_loop().time()

    def seconds(self) -> float:
        return asyncio.get_running_loop().time() - self.touched
