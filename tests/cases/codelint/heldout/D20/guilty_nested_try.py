"""Bare excepts in an async generator and in a nested try."""

import structlog

log = structlog.get_logger()


class Pages:
    def __init__(self, client):
        self.client = client

    async def __aiter__(self):
        cursor = ""
        while cursor is not None:
            try:
                rows, cursor = await self.client.page(cursor)
            except:  # expect: D20
                log.error("page failed", cursor=cursor)
                return
            yield rows

    async def total(self):
        total = 0
        try:
            async for rows in self:
                try:
                    total += await self.client.count(rows)
                except:  # expect: D20
                    total += 0
        except ConnectionError:
            log.error("connection lost")
        return total
