"""Await in finally inside a with, a loop and a nested try."""


class Exporter:
    def __init__(self, sink):
        self.sink = sink

    async def export(self, pages):
        for page in pages:
            with page.lock_file():
                try:
                    await self.sink.write(page)
                finally:
                    await self.sink.sync()  # expect: D43

    async def swap(self, left, right):
        await left.pause()
        try:
            try:
                await right.start()
            except ValueError:
                right.reset()
        finally:
            page = await left.resume()  # expect: D43
            self.sink.note(page)
