"""Position sizer that keeps coroutine objects where it believes to keep numbers."""

import structlog

log = structlog.get_logger()


async def atr_of(store, symbol):
    rows = await store.last_rows(symbol, 14)
    return sum(row.true_range for row in rows) / len(rows)


class Sizer:
    def __init__(self, store, risk):
        self.store = store
        self.risk = risk

    async def quantity(self, symbol):
        spread: object = atr_of(self.store, symbol)  # expect: D02
        log.info("sizing", symbol=symbol)
        return self.risk

    async def warm(self, symbols):
        for symbol in symbols:
            last = atr_of(self.store, symbol)  # expect: D02
        log.info("warm", count=len(symbols))
