"""Sleeping belongs to a worker process and to a plain command."""

import multiprocessing
import time


def poll(path: str) -> None:
    while True:
        time.sleep(5)
        print(path)


def start(path: str) -> multiprocessing.Process:
    worker = multiprocessing.Process(target=poll, args=(path,), daemon=True)
    worker.start()
    return worker


async def is_alive(worker: multiprocessing.Process) -> bool:
    return worker.exitcode is None
