"""Loops whose body awaits deep inside, or that consume an iterator."""


class Drain:
    def __init__(self, rows):
        self.rows = rows

    async def pump(self, sink):
        while True:
            async for row in self.rows:
                await sink.write(row)
            if self.rows.closed:
                return

    async def with_branch(self, sink):
        while not self.rows.closed:
            if self.rows.urgent:
                await sink.flush()
            else:
                await sink.wait_more()

    async def parse(self, text):
        position = 0
        while (end := text.find("\n", position)) != -1:
            self.rows.append(text[position:end])
            position = end + 1
