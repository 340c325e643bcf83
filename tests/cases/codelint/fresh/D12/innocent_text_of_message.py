"""Objects with read_text that hold their text in memory."""

from pathlib import PurePosixPath


class Document:
    def __init__(self, body: bytes) -> None:
        self.body = body

    def read_text(self) -> str:
        return self.body.decode()


async def title(document: Document) -> str:
    return document.read_text().partition("\n")[0]


async def key_of(symbol: str, day: str) -> str:
    return str(PurePosixPath("candles") / symbol / f"{day}.parquet")
