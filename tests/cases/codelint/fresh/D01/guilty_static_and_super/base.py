class Strategy:
    def __init__(self, name: str) -> None:
        self.name = name

    async def on_start(self) -> None:
        print("started", self.name)

    @classmethod
    async def warm_caches(cls, symbols: list[str]) -> None:
        for symbol in symbols:
            print("warm", symbol)
