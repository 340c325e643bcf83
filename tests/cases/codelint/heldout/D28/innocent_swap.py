"""The container is swapped out before it is drained."""


class Outbox:
    def __init__(self, desk):
        self.desk = desk
        self.rows = []

    def put(self, row):
        self.rows.append(row)

    async def flush(self):
        rows, self.rows = self.rows, []
        for row in rows:
            await self.desk.send(row)

    async def drain(self):
        while self.rows:
            row = self.rows.pop(0)
            await self.desk.send(row)
