"""Only the second part of the pair is asynchronous."""


class Book:
    def clear(self) -> None:
        print("cleared")


class Feed:
    async def clear(self) -> None:
        print("subscribed again")


class Desk:
    def __init__(self, book: Book, feed: Feed) -> None:
        self._book, self._feed = book, feed

    def _parts(self) -> tuple[Book, Feed]:
        return self._book, self._feed

    async def reset(self) -> None:
        self._parts()[0].clear()
        book, feed = self._parts()
        book.clear()
        await feed.clear()
        await self._parts()[-1].clear()
