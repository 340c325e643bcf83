from .adapters import default_adapter


class Service:
    def __init__(self):
        self.adapter = default_adapter()

    def _transfer(self, frame):
        return self.adapter.call(frame)

    async def handle(self, frame):
        return self._transfer(frame)  # expect: D08
