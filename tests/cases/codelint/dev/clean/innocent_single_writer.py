"""Engine with one writer: every change of state happens in one task, fed by one bounded queue.

Senders await their answer with a deadline. Nothing else may write, so no lock is needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

logger = logging.getLogger(__name__)


class Verdict(StrEnum):
    APPROVED = "APPROVED"
    DENIED = "DENIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    client_order_id: str
    symbol: str
    position_idx: int
    side: str
    quantity: Decimal
    price: Decimal
    reduce_only: bool


@dataclass(slots=True, kw_only=True)
class Request:
    intent: Intent
    answer: asyncio.Future[Verdict]


@dataclass(slots=True, kw_only=True)
class State:
    """Owned by the writer task alone."""

    notional_max: Decimal
    reserved: dict[str, Decimal] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def decide(self, intent: Intent) -> Verdict:
        if intent.client_order_id in self.seen:
            return Verdict.DENIED
        notional = intent.quantity * intent.price
        if not intent.reduce_only and sum(self.reserved.values()) + notional > self.notional_max:
            return Verdict.DENIED
        self.seen.add(intent.client_order_id)
        self.reserved[intent.client_order_id] = notional
        return Verdict.APPROVED

    def release(self, client_order_id: str) -> None:
        self.reserved.pop(client_order_id, None)


class Engine:
    def __init__(self, state: State, outbox: asyncio.Queue[Intent]) -> None:
        self._state = state
        self._outbox = outbox
        self._inbox: asyncio.Queue[Request] = asyncio.Queue(maxsize=1_000)
        self._writer: asyncio.Task[None] | None = None

    def start(self) -> None:
        writer = asyncio.create_task(self._run(), name="engine-writer")
        writer.add_done_callback(self._writer_ended)
        self._writer = writer

    def _writer_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            logger.critical("the writer died", exc_info=error)

    async def process(self, intent: Intent, timeout_s: float = 1.0) -> Verdict:
        """Ask the writer; a late answer is a denial that the caller hears as TimeoutError."""
        answer: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(Request(intent=intent, answer=answer))
        async with asyncio.timeout(timeout_s):
            return await answer

    async def _run(self) -> None:
        while True:
            request = await self._inbox.get()
            verdict = self._state.decide(request.intent)
            if verdict is Verdict.APPROVED:
                await self._outbox.put(request.intent)
            if not request.answer.done():
                request.answer.set_result(verdict)

    async def stop(self) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
        logger.info("stopped with %d intents waiting", self._inbox.qsize())
