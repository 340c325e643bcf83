"""BaseException swallowed in loops."""

import asyncio
import builtins
import logging

logger = logging.getLogger(__name__)


class Beat:
    def __init__(self, engine):
        self.engine = engine

    async def forever(self):
        while True:
            try:
                await self.engine.beat()
                await asyncio.sleep(1)
            except (Exception, BaseException) as error:  # expect: D22
                logger.error("beat: %s", error)

    async def each(self, rows):
        for row in rows:
            try:
                await self.engine.apply(row)
            except builtins.BaseException:  # expect: D22
                continue
            logger.debug("applied %s", row)
