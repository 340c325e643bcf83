"""Own deadline expressed by cancellation, re-raise by name, and conversion that raises."""

import asyncio


class StoppedError(Exception):
    pass


async def pull(client):
    try:
        await client.pull()
    except asyncio.CancelledError as error:
        client.note(repr(error))
        raise error


async def race(job, stop: asyncio.Event):
    worker = asyncio.create_task(job())
    stopper = asyncio.create_task(stop.wait())
    await asyncio.wait({worker, stopper}, return_when=asyncio.FIRST_COMPLETED)
    stopper.cancel()
    if worker.done():
        return worker.result()
    worker.cancel()
    try:
        await worker
    except asyncio.CancelledError:
        raise StoppedError("stopped before the job ended") from None
    return None
