import asyncio as aio

import structlog

log = structlog.get_logger()


async def consume(queue, handler, stopping):
    try:
        while True:
            await handler(await aio.wait_for(queue.get(), 60))
    except aio.CancelledError:  # expect: D21
        if stopping.is_set():
            raise
        log.info("consumer was cancelled, going on with its caller")


async def pull(client):
    try:
        await client.pull()
    except aio.CancelledError as error:  # expect: D21
        log.info("cancelled", error=repr(error))
    finally:
        client.mark_idle()
