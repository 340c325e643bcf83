"""time.sleep in code that runs in a thread or in a synchronous program."""

import asyncio
import threading
import time


def heartbeat(stop: threading.Event, beat) -> None:
    while not stop.is_set():
        beat()
        time.sleep(1)


async def run(beat) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=heartbeat, args=(stop, beat), daemon=True)
    worker.start()
    await asyncio.sleep(10)
    stop.set()
    await asyncio.to_thread(worker.join, 2)


if __name__ == "__main__":
    time.sleep(0.1)
    asyncio.run(run(lambda: None))
