"""Early returns and unrelated writes: the known false alarms of require-atomic-updates."""


class Feed:
    def __init__(self, source):
        self.source = source
        self.stopped = False
        self.paused = False
        self.latest = None

    async def refresh(self, symbol: str):
        if self.stopped or self.paused:
            return None
        candles = await self.source.candles(symbol)
        self.latest = candles
        return candles

    async def fill_report(self, report, symbol: str):
        if not report.title:
            report.title = symbol
        rows = await self.source.rows(symbol)
        report.rows = rows
        return report

    async def stop(self):
        self.stopped = True
        await self.source.close()
