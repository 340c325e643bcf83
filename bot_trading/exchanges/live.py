"""The streams of one account as a group: up when all of them are; its clock is measured beside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Protocol

from bot_trading.clock import now_us
from bot_trading.domain.messages import StreamDown, StreamUp
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.network import Connect
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import StreamPlan, WebSocketManager
from bot_trading.ports import Publish

__all__ = ["PRIVATE", "StreamGroup"]

PRIVATE = "private"  # The plan of every exchange that carries orders, fills, legs and money.
OFFSET_ALARM_MS = 500

_log = logging.getLogger(__name__)


class MeasuresClock(Protocol):
    """The REST side of a client, which signs by the exchange's clock."""

    clock_doubted: asyncio.Event

    @property
    def offset_ms(self) -> int:
        """The exchange's clock less ours, as measured last."""

    async def measure_clock(self) -> None:
        """Measure it anew; raises the client's `ExchangeError`s."""


class StreamGroup:
    """Publishes `StreamUp` when all streams are up, and `StreamDown` whenever one is not.

    `random_ratio` gives numbers in [0, 1) for the jitter of reconnects.
    """

    def __init__(
        self,
        exchange: str,
        rest: MeasuresClock,
        clock_interval_ms: int,
        complain: UnsupportedCounter,
        random_ratio: Callable[[], float],
        connect: Connect,
    ) -> None:
        self._exchange = exchange
        self._rest = rest
        self._clock_interval_ms = clock_interval_ms
        self._complain = complain
        self._random_ratio = random_ratio
        self._connect = connect
        self._private: WebSocketManager | None = None

    def expect_private_data(self) -> None:
        """An order was taken, so the private stream must soon say something."""
        if self._private is not None:
            self._private.expect_data()

    async def run(
        self,
        plans: Sequence[StreamPlan],
        publish: Publish,
        *beside: Callable[[], Coroutine[Any, Any, Any]],
        connects: Mapping[str, Connect] = MappingProxyType({}),
    ) -> None:
        """Run the streams, the clock and what is `beside` them until cancelled.

        `connects` names the streams that connect in a way of their own.
        """
        up: set[str] = set()

        def manager(plan: StreamPlan) -> WebSocketManager:
            def on_up() -> None:
                up.add(plan.name)
                if len(up) == len(plans):
                    publish(StreamUp(exchange=self._exchange, ts_init_us=now_us()))

            def on_down(reason: str) -> None:
                up.discard(plan.name)
                down = StreamDown(exchange=self._exchange, reason=reason, ts_init_us=now_us())
                publish(down)

            return WebSocketManager(
                plan,
                on_up=on_up,
                on_down=on_down,
                random_ratio=self._random_ratio,
                connect=connects.get(plan.name, self._connect),
            )

        managers = {plan.name: manager(plan) for plan in plans}
        self._private = managers[PRIVATE]
        self._complain.publish = publish
        try:
            async with asyncio.TaskGroup() as tasks:
                for each in managers.values():
                    tasks.create_task(each.run())
                tasks.create_task(self._keep_clock())
                for start in beside:
                    tasks.create_task(start())
        finally:
            self._private = None
            self._complain.publish = None

    async def _keep_clock(self) -> None:
        """Measure the offset now and then, and at once when a request was refused for its time."""
        doubted = self._rest.clock_doubted
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._clock_interval_ms / 1000):
                    await doubted.wait()
            doubted.clear()
            try:
                await self._rest.measure_clock()
            except ExchangeError as error:
                _log.warning("the clock's offset could not be measured: %s", error)
                await asyncio.sleep(1)
            if abs(self._rest.offset_ms) > OFFSET_ALARM_MS:
                _log.warning(
                    "this clock differs from %s's by %d ms: synchronise it",
                    self._exchange,
                    self._rest.offset_ms,
                )
