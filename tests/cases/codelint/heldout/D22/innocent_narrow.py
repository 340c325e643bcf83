"""Cancellation goes first, the rest is logged; in a synchronous thread BaseException is caught."""

import asyncio
import logging

logger = logging.getLogger(__name__)


async def forever(engine):
    while True:
        try:
            await engine.beat()
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("beat")
        await asyncio.sleep(1)


def thread_main(work, results):
    try:
        results.append(work())
    except BaseException as error:
        results.append(error)
