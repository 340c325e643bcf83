"""Results of gather that nobody checks for exceptions."""

import asyncio as aio
import logging

logger = logging.getLogger(__name__)


class Shutdown:
    def __init__(self, legs, feeds):
        self.legs = legs
        self.feeds = feeds

    async def protect(self):
        outcome = await aio.gather(  # expect: D34
            *map(lambda leg: leg.protect(), self.legs), return_exceptions=True
        )
        logger.info("protected %d legs", len(outcome))
        return True

    async def start(self):
        await aio.wait_for(  # expect: D34
            aio.gather(*(feed.start() for feed in self.feeds), return_exceptions=True), 10
        )
        logger.info("all feeds started")
