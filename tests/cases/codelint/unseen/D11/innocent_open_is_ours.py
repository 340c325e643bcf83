"""`open` here opens a channel in memory, and the real file is opened before the loop runs."""

import asyncio


class Channel:
    def __init__(self) -> None:
        self.is_open = False

    def open(self) -> None:
        self.is_open = True


def read_topics(path: str) -> list[str]:
    with open(path, encoding="utf-8") as handle:
        return handle.read().split()


async def run(channel: Channel, topics: list[str]) -> int:
    channel.open()
    await asyncio.sleep(0)
    return len(topics)


def main(path: str) -> int:
    return asyncio.run(run(Channel(), read_topics(path)))
