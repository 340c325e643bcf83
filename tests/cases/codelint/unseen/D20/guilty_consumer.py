"""A consumer of fills that must not die of one bad message."""

import asyncio
import logging

log = logging.getLogger(__name__)


class FillConsumer:
    def __init__(self, book) -> None:
        self.book = book
        self.bad = 0

    async def run(self, inbox: asyncio.Queue[dict]) -> None:
        while True:
            try:
                fill = await asyncio.wait_for(inbox.get(), 30)
                await self.book.apply(fill)
            except:  # expect: D20
                self.bad += 1
                log.exception("fill left out")
