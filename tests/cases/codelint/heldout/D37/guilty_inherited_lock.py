from threading import Lock


class Base:
    def __init__(self):
        self._guard = Lock()


class Prices(Base):
    def __init__(self, source):
        super().__init__()
        self.source = source
        self.last = None

    async def refresh(self, symbol):
        if symbol:
            with self._guard:  # expect: D37@refresh
                async with self.source.open(symbol) as stream:  # expect: D37@refresh
                    self.last = await stream.first()  # expect: D37@refresh
        return self.last
