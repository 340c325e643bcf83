"""Supervisor of the bot's long-lived tasks: start, watch, stop within a deadline.

A task that ends is a failure of the whole; the first failure stops the others and is raised.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping

logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class TaskEndedError(Exception):
    """A task that must run for ever came to an end."""


class Supervisor:
    def __init__(self, jobs: Mapping[str, Job], stop_timeout_s: float = 10.0) -> None:
        self._jobs = dict(jobs)
        self._stop_timeout_s = stop_timeout_s
        self._stopping = asyncio.Event()

    def request_stop(self) -> None:
        self._stopping.set()

    def install_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.request_stop)

    async def run(self) -> None:
        tasks = {
            asyncio.create_task(self._guard(name, job), name=name)
            for name, job in self._jobs.items()
        }
        stopper = asyncio.create_task(self._stopping.wait(), name="stop")
        done, _ = await asyncio.wait({*tasks, stopper}, return_when=asyncio.FIRST_COMPLETED)
        stopper.cancel()
        await self._cancel_all(tasks - done)
        for task in done - {stopper}:
            task.result()

    async def _guard(self, name: str, job: Job) -> None:
        try:
            await job()
        except asyncio.CancelledError:
            logger.info("%s is stopping", name)
            raise
        except Exception:
            logger.exception("%s failed", name)
            raise
        raise TaskEndedError(f"{name} ended although it should run for ever")

    async def _cancel_all(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if not tasks:
            return
        done, late = await asyncio.wait(tasks, timeout=self._stop_timeout_s)
        for task in done:
            if not task.cancelled() and task.exception() is not None:
                logger.error("%s failed while stopping: %r", task.get_name(), task.exception())
        for task in late:
            logger.error("%s did not stop within %s s", task.get_name(), self._stop_timeout_s)


class Heartbeat:
    """Counts beats; a beat that comes late is reported, by the monotonic clock."""

    def __init__(self, period_s: float, late_s: float) -> None:
        self._period_s = period_s
        self._late_s = late_s
        self.beats = 0
        self.late = 0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        expected = loop.time() + self._period_s
        while True:
            await asyncio.sleep(max(expected - loop.time(), 0))
            self.beats += 1
            lag_s = loop.time() - expected
            if lag_s > self._late_s:
                self.late += 1
                logger.warning("the loop was held up for %.3f s", lag_s)
            expected += self._period_s


async def main(jobs: Mapping[str, Job]) -> None:
    supervisor = Supervisor(jobs)
    supervisor.install_signals()
    await supervisor.run()
