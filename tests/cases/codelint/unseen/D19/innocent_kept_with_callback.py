"""A task made on the loop object, kept in a set, with a callback that reads what became of it."""

import asyncio
import logging

log = logging.getLogger(__name__)


class Background:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._running: set[asyncio.Task[None]] = set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background work failed", exc_info=error)

    def add(self, work) -> None:
        task = self._loop.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
