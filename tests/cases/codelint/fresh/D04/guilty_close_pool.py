"""Clean-up through attributes; the pool and the feed are never closed."""


class Pool:
    async def drain(self) -> None:
        print("drained")


class Feed:
    def __init__(self) -> None:
        self.pool = Pool()

    async def unsubscribe(self, channel: str) -> None:
        print(channel)


class Bot:
    def __init__(self) -> None:
        self.feed = Feed()

    async def stop(self) -> None:
        self.feed.unsubscribe("trades")  # expect: D04|D01
        self.feed.pool.drain()  # expect: D04|D01
