"""A bare except that undoes its work and raises again; another around code without an await."""

import asyncio
import logging

log = logging.getLogger(__name__)


class Reservation:
    def __init__(self) -> None:
        self.held: set[str] = set()

    async def with_symbol(self, symbol: str, work) -> None:
        self.held.add(symbol)
        try:
            await asyncio.wait_for(work(symbol), 5)
        except:
            self.held.discard(symbol)
            log.warning("%s given back", symbol)
            raise
        self.held.discard(symbol)
