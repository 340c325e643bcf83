"""Alerts to a chat: bounded, rate-limited, never in the way of trading."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from enum import IntEnum

import aiohttp

logger = logging.getLogger(__name__)

LIMIT = aiohttp.ClientTimeout(total=10, connect=3)
SEND_ATTEMPTS = 3


class Level(IntEnum):
    INFO = 1
    WARNING = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    level: Level
    key: str
    text: str


class AlertSender:
    def __init__(self, url: str, per_minute: int = 20) -> None:
        self._url = url
        self._gap_s = 60 / per_minute
        self._waiting: asyncio.Queue[Alert] = asyncio.Queue(maxsize=200)
        self._last_sent: dict[str, float] = {}
        self._worker: asyncio.Task[None] | None = None
        self.dropped = 0

    def offer(self, alert: Alert) -> None:
        """Take the alert if there is room; the caller never waits."""
        try:
            self._waiting.put_nowait(alert)
        except asyncio.QueueFull:
            self.dropped += 1
            logger.error("alert dropped: %s", alert.text)

    async def __aenter__(self) -> AlertSender:
        worker = asyncio.create_task(self._run(), name="alerts")
        worker.add_done_callback(self._ended)
        self._worker = worker
        return self

    async def __aexit__(self, *error: object) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            logger.critical("alerts ended", exc_info=task.exception())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession(timeout=LIMIT) as session:
            while True:
                alert = await self._waiting.get()
                if self._is_repeat(alert, loop.time()):
                    continue
                await self._send(session, alert)
                await asyncio.sleep(self._gap_s)

    def _is_repeat(self, alert: Alert, now_s: float) -> bool:
        """The same key within a minute is told once, unless it is critical."""
        last_s = self._last_sent.get(alert.key)
        self._last_sent[alert.key] = now_s
        if alert.level is Level.CRITICAL or last_s is None:
            return False
        return now_s - last_s < 60

    async def _send(self, session: aiohttp.ClientSession, alert: Alert) -> None:
        for attempt in range(SEND_ATTEMPTS):
            try:
                async with session.post(self._url, json={"text": alert.text}) as reply:
                    reply.raise_for_status()
                    return
            except (aiohttp.ClientError, TimeoutError) as error:
                logger.warning("alert not delivered: %s", error)
            await asyncio.sleep(0.5 * 2**attempt)
        self.dropped += 1
