"""A loop that nothing can stop."""

import logging

logger = logging.getLogger(__name__)


async def pump(stream, handler):
    while True:
        try:
            message = await stream.receive()
            await handler(message)
        except BaseException:  # expect: D22
            logger.exception("pump")
            continue
