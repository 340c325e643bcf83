"""A bare except that re-raises, one without any await, and a narrow one."""

import logging

log = logging.getLogger(__name__)


class Collector:
    def __init__(self, source):
        self.source = source
        self.failures = 0

    async def collect(self, symbol):
        try:
            return await self.source.candles(symbol)
        except:
            self.failures += 1
            log.error("collecting %s failed", symbol)
            raise

    async def collect_narrow(self, symbol):
        try:
            return await self.source.candles(symbol)
        except (ConnectionError, TimeoutError) as error:
            log.warning("no candles of %s: %s", symbol, error)
            return []
