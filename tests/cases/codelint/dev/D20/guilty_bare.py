"""A bare except around an await also catches cancellation."""

import logging

log = logging.getLogger(__name__)


class Collector:
    def __init__(self, source, sink):
        self.source = source
        self.sink = sink

    async def collect(self, symbol):
        try:
            candles = await self.source.candles(symbol)
        except:  # expect: D20
            log.warning("no candles of %s", symbol)
            return []
        return candles

    async def run(self, symbols):
        for symbol in symbols:
            try:
                await self.sink.write(await self.collect(symbol))
            except:  # expect: D20
                pass
