"""A part of an annotated pair, by its place."""


class Feed:
    async def resubscribe(self) -> None:
        print("subscribed again")


class Desk:
    def __init__(self) -> None:
        self._name = ""
        self._feed: Feed | None = None

    def _ready(self) -> tuple[str, Feed]:
        if self._feed is None:
            raise RuntimeError("not started")
        return self._name, self._feed

    async def recover(self) -> None:
        feed = self._ready()[1]
        feed.resubscribe()  # expect: D04

    async def recover_named(self) -> str:
        name, feed = self._ready()
        feed.resubscribe()  # expect: D04
        return name
