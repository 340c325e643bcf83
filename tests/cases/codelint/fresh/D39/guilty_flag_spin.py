"""Loops of coroutines without a single await inside."""

from dataclasses import dataclass


@dataclass
class Feed:
    ready: bool = False
    backlog: int = 0

    def poll(self) -> bool:
        return self.ready


async def wait_ready(feed: Feed) -> None:
    while not feed.poll():  # expect: D39
        feed.backlog = 0


async def wait_empty(feed: Feed, log) -> None:
    while True:  # expect: D39
        if feed.backlog == 0:
            break
        log.debug("waiting")
