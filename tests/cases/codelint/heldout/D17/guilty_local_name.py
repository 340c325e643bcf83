import asyncio
import logging

logger = logging.getLogger(__name__)


async def start_feeds(feeds):
    for feed in feeds:
        task = asyncio.create_task(feed.run())  # expect: D17|D18
        logger.info("started %s", feed.name)
