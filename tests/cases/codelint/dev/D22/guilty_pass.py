class Poller:
    def __init__(self, source, clock):
        self.source = source
        self.clock = clock
        self.errors = 0

    async def run(self, symbols):
        for symbol in symbols:
            try:
                await self.source.poll(symbol)
            except BaseException as error:  # expect: D22
                self.errors += 1
                self.last_error = error
            await self.clock.sleep(1)
