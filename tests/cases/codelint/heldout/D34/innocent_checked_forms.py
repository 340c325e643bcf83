"""Results filtered, counted by type, matched, or read through the tasks themselves."""

import asyncio
import logging

logger = logging.getLogger(__name__)


async def protect(legs):
    outcome = await asyncio.gather(*(leg.protect() for leg in legs), return_exceptions=True)
    failures = sum(isinstance(item, Exception) for item in outcome)
    if failures:
        raise RuntimeError(f"{failures} of {len(legs)} legs are without a stop")


async def broadcast(clients, text):
    jobs = [asyncio.create_task(client.send(text)) for client in clients]
    await asyncio.gather(*jobs, return_exceptions=True)
    for job in jobs:
        if job.exception() is not None:
            logger.warning("not delivered: %r", job.exception())


async def values(sources):
    found = []
    for item in await asyncio.gather(*(s.read() for s in sources), return_exceptions=True):
        match item:
            case BaseException():
                logger.warning("source failed: %r", item)
            case value:
                found.append(value)
    return found
